//! The composition root: one gateway from its lock to its last browser. It builds the service and the faces, listens,
//! and stops everything in order.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Method};
use futures::FutureExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::auth::{Credential, Door, Knock};
use crate::browser::{Guard, OwnPages};
use crate::config::{self, Config, CredentialError, PortChoiceError};
use crate::deadline::Deadline;
use crate::instance::{
    self, Entry, Environment, Family, GatewayLock, HostRegistry, Instance, Live, LockError, Ports,
    ProcessMark, RegistryError, Selection, Sharing,
};
use crate::ops::{call, screencast};
use crate::policy::{PatternError, Policy, PolicySettings};
use crate::pool::{self, Allotments, Pool};
use crate::profile::{Driver, Roster};
use crate::relay::Relay;
use crate::service::Service;
use crate::{canvas, chromium, gateway, http};

/// How long faces may take to finish what they are doing when the gateway stops.
const DRAIN: Duration = Duration::from_secs(5);
/// How long what a killed gateway left may hold its lock and ports.
const LEFTOVERS: Duration = Duration::from_secs(2);

/// What a gateway is started with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which instance.
    pub selection: Selection,
    /// The value of `--port`.
    pub port: Option<String>,
    /// Browsers run without their sandbox, whatever is configured.
    pub no_sandbox: bool,
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The instance cannot be worked out.
    #[error(transparent)]
    Instance(#[from] instance::Error),
    /// Another gateway runs on the same state dir.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// There is no usable secret.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The ports do not fit.
    #[error(transparent)]
    Ports(#[from] PortChoiceError),
    /// The registry of instances cannot be used.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Another instance uses the same folders.
    #[error(transparent)]
    Sharing(Box<Sharing>),
    /// A host pattern of the policy is none.
    #[error(transparent)]
    Policy(#[from] PatternError),
    /// A port is taken.
    #[error(
        "the {role} port {port} is already in use{by}; stop what uses it, or choose another base port with --port"
    )]
    PortTaken {
        /// `gateway`, `control` or `canvas`.
        role: &'static str,
        /// The port.
        port: u16,
        /// By whom, when it is known.
        by: String,
    },
    /// The system refused something.
    #[error("the gateway cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// The canvas folder cannot be made.
    #[error(transparent)]
    Canvas(#[from] canvas::WelcomeError),
}

impl Error {
    /// The exit code of the program: 2 for a wrong flag, 78 for what an operator must mend, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Instance(error) => error.exit_code(),
            // EX_CONFIG: service managers are told not to start it again.
            Self::Lock(_) | Self::Config(_) | Self::Credential(_) | Self::Sharing(_) | Self::Policy(_) => 78,
            Self::Ports(_)
            | Self::Registry(_)
            | Self::PortTaken { .. }
            | Self::Listen(_)
            | Self::Canvas(_) => 1,
        }
    }
}

/// A gateway that listens.
#[derive(Debug)]
pub struct Gateway {
    instance: Instance,
    ports: Ports,
    service: Service,
    entry: Arc<Entry>,
    canvas_url: Option<String>,
    stop: CancellationToken,
    faces: TaskTracker,
    clients: gateway::Gateway,
    /// Held until everything else has ended.
    _lock: GatewayLock,
}

impl Gateway {
    /// Starts the gateway of an instance: its ports listen when this returns; browsers start when they are needed.
    ///
    /// # Errors
    /// [`Error`], each with what to do.
    pub async fn start(options: &Options, environment: Environment) -> Result<Self, Error> {
        let instance = Instance::resolve(&options.selection, &environment)?;
        let lock = patiently(|| GatewayLock::acquire(&instance), LockError::passes).await?;
        let mut config = Config::load_or_create(&instance, &environment)?;
        config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        config.browser.no_sandbox |= options.no_sandbox;
        let credential = config.credential(&environment)?;
        let ports = config::ports(options.port.as_deref(), &environment, &config, &instance)?;
        let registry = HostRegistry::open(&environment)?;
        let mut family = family(&instance, &config, &ports);
        if let Some(sharing) = registry.sharing(&family) {
            return Err(Error::Sharing(Box::new(sharing)));
        }
        let with_canvas = config.canvas_host.enabled && !environment.is_on("OPENCLAW_SKIP_CANVAS_HOST");
        let bind = || Listeners::bind(&ports, with_canvas, &registry, &instance);
        let listeners = patiently(bind, |error| matches!(error, Error::PortTaken { .. })).await?;
        family.process = Some(ProcessMark::of_self());
        let entry = Arc::new(Entry::register(registry, family.clone())?);
        raise_limits();

        let canvas_url =
            listeners.canvas.is_some().then(|| format!("http://127.0.0.1:{}{}", ports.canvas, canvas::MOUNT));
        let canvas_root = config.canvas_host.root.clone().unwrap_or_else(|| family.workspace.join("canvas"));
        let (policy, guard) = judges(&config, &credential, canvas_url.as_deref())?;
        let evaluates = config.browser.evaluate_enabled;
        let config = Arc::new(config);
        let roster = Roster::new(config.browser.profiles.clone());
        let pool = Pool::new(pool::Settings {
            config: Arc::clone(&config),
            roster: roster.clone(),
            instance: instance.clone(),
            environment: environment.clone(),
            ports: ports.clone(),
            entry: Arc::clone(&entry),
            guard,
            front: Arc::new(Relay::new(credential.clone(), evaluates)),
        });
        let service = Service::new(config, roster, instance.clone(), policy, pool);
        let (stop, faces) = (CancellationToken::new(), TaskTracker::new());
        let door = |port| Door::new(credential.clone(), &[port]);
        let control = http::router(service.clone(), door(ports.control));
        let gateway_face = face(&service, &instance, &credential, &ports, &environment, &stop);
        let Listeners { gateway: on_gateway, control: on_control, canvas: on_canvas } = listeners;
        for listener in on_gateway {
            listener.set_nonblocking(true)?;
            faces.spawn(gateway_face.clone().serve(TcpListener::from_std(listener)?));
        }
        listen(&faces, &stop, on_control, control)?;
        if let Some(on_canvas) = on_canvas {
            canvas::welcome(&canvas_root)?;
            let router = canvas::router(canvas_root, admission(door(ports.canvas).for_own_pages()));
            listen(&faces, &stop, on_canvas, router)?;
        }
        faces.close();
        Live::of_self(ports.clone()).write(&instance.state_dir)?;
        Ok(Self {
            instance,
            ports,
            service,
            entry,
            canvas_url,
            stop,
            faces,
            clients: gateway_face,
            _lock: lock,
        })
    }

    /// The instance that it is the gateway of.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Its ports.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The one door to its browsers.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Where the canvas host is, when it listens.
    pub fn canvas_url(&self) -> Option<&str> {
        self.canvas_url.as_deref()
    }

    /// Stops: faces first, so that nothing new begins, then browsers, then the marks that it left.
    pub async fn stop(self) {
        self.stop.cancel();
        Deadline::after(DRAIN).run(self.clients.closed()).await.ok();
        Deadline::after(DRAIN).run(self.faces.wait()).await.ok();
        self.service.close().await;
        self.entry.change(|family| family.process = None);
        if let Err(error) = Live::remove(&self.instance.state_dir) {
            tracing::warn!(%error, "the live file stays behind; the next start replaces it");
        }
    }
}

/// Tries until it works, or fails for another reason than what a killed gateway leaves for a moment: a child that it
/// had just forked holds its descriptors until it executes the browser.
async fn patiently<T, E>(
    mut attempt: impl FnMut() -> Result<T, E>,
    passes: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let deadline = Deadline::after(LEFTOVERS);
    loop {
        match attempt() {
            Err(error) if passes(&error) && !deadline.remaining().is_zero() => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

/// What the other instances of this host should know of this one.
pub fn family(instance: &Instance, config: &Config, ports: &Ports) -> Family {
    let workspace = config.workspace.clone().unwrap_or_else(|| instance.workspace.clone());
    let chosen = Allotments::new(instance.state("ports.json"), instance.config_path.clone()).all();
    let managed = config.browser.profiles.iter().filter(|profile| profile.driver == Driver::Managed);
    let written = managed.filter_map(|profile| Some((profile.name.to_string(), profile.cdp_port?)));
    let mut pinned: Vec<(String, u16)> = written.chain(chosen).collect();
    pinned.sort();
    pinned.dedup();
    Family { pinned, ..Family::of(instance, workspace, ports.clone()) }
}

/// The face on the base port; its calls go where those of the control API go.
fn face(
    service: &Service,
    instance: &Instance,
    credential: &Credential,
    ports: &Ports,
    environment: &Environment,
    stop: &CancellationToken,
) -> gateway::Gateway {
    let (service, filmed) = (service.clone(), service.clone());
    let operations = move |request| {
        let service = service.clone();
        async move { call::answer(&service, request).await }.boxed()
    };
    gateway::Gateway::new(gateway::Settings {
        credential: credential.clone(),
        port: ports.gateway,
        config_path: instance.config_path.clone(),
        state_dir: instance.state_dir.clone(),
        handshake: gateway::Settings::handshake_timeout(environment.get("OPENCLAW_HANDSHAKE_TIMEOUT_MS")),
        operations: Arc::new(operations),
        films: Arc::new(move |ticket| screencast::show(&filmed, ticket)),
        stop: stop.clone(),
    })
}

/// The policy, and the guard that holds browsers to it.
fn judges(config: &Config, credential: &Credential, canvas: Option<&str>) -> Result<(Policy, Guard), Error> {
    let browser = &config.browser;
    let settings = PolicySettings {
        allow_private_network: browser.ssrf.dangerously_allow_private_network,
        allowed_hostnames: browser.ssrf.allowed_hostnames.clone(),
        blocked_hostnames: browser.ssrf.blocked_hostnames.clone(),
        allow_rfc2544: browser.ssrf.allow_rfc2544_benchmark_range,
        allow_ipv6_ula: browser.ssrf.allow_ipv6_unique_local_range,
        evaluate_enabled: browser.evaluate_enabled,
    };
    let origin = canvas.and_then(|url| Url::parse(url).ok()).map(|url| url.origin());
    let policy = Policy::new(&settings, origin.iter().cloned().collect())?;
    let own = origin.map(|origin| OwnPages { origin, authorization: credential.authorization() });
    Ok((policy.clone(), Guard::new(policy, own)))
}

struct Listeners {
    gateway: Vec<std::net::TcpListener>,
    control: std::net::TcpListener,
    canvas: Option<std::net::TcpListener>,
}

impl Listeners {
    /// Binds all ports or none.
    fn bind(ports: &Ports, with_canvas: bool, registry: &HostRegistry, me: &Instance) -> Result<Self, Error> {
        let bind = |role, port, address: SocketAddr| {
            std::net::TcpListener::bind(address).map_err(|error| {
                if error.kind() != io::ErrorKind::AddrInUse {
                    return Error::Listen(error);
                }
                let holder = registry.is_reserved_by_other(port, &me.state_dir);
                let by = holder.map(|holder| format!(": it is the {holder}")).unwrap_or_default();
                Error::PortTaken { role, port, by }
            })
        };
        let v4 = |role, port| bind(role, port, (Ipv4Addr::LOCALHOST, port).into());
        let mut gateway = vec![v4("gateway", ports.gateway)?];
        match bind("gateway", ports.gateway, (Ipv6Addr::LOCALHOST, ports.gateway).into()) {
            Ok(v6) => gateway.push(v6),
            // A host without IPv6; the IPv4 address serves everybody.
            Err(Error::Listen(error)) => tracing::debug!(%error, "no IPv6 loopback"),
            Err(taken) => return Err(taken),
        }
        let control = v4("control", ports.control)?;
        let canvas = with_canvas.then(|| v4("canvas", ports.canvas)).transpose()?;
        Ok(Self { gateway, control, canvas })
    }
}

fn listen(
    faces: &TaskTracker,
    stop: &CancellationToken,
    listener: std::net::TcpListener,
    router: Router,
) -> Result<(), Error> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let stop = stop.clone();
    faces.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "a listener ended");
        }
    });
    Ok(())
}

fn admission(door: Door) -> canvas::Admission {
    Arc::new(move |method: &Method, headers: &HeaderMap| {
        door.admit(&Knock::from_headers(method, headers)).map_err(|refusal| refusal.status())
    })
}

/// Browsers need many descriptors, and their re-parented children must be reaped by us.
fn raise_limits() {
    if let Err(error) = chromium::raise_file_limit() {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    if let Err(error) = chromium::become_subreaper() {
        tracing::debug!(%error, "orphans of browsers are reaped by the system");
    }
}
