.PHONY: run test bench

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
