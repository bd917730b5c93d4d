.PHONY: run test bench soak

# From a clean clone to a browser that works: starts a gateway, shows its addresses, serves until Ctrl-C.
run:
	@.ci/needs
	cargo build --release
	@.ci/start

# Everything that must hold before a change lands.
test:
	@.ci/needs
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
	cargo test --quiet

bench:
	@.ci/needs
	cargo bench

# The long form of what the tests do for a moment: leases come and go, and nothing may be left of them.
CYCLES ?= 20000
soak:
	@.ci/needs
	OPENCLAW_CYCLES=$(CYCLES) cargo bench --bench leases -- churn
