//! What every command is given.

use crate::ask::Ask;
use crate::global::Global;
use crate::render::Printer;
use spoke_agent::{DaemonClient, Paths, ProfileStore, Updates};
use spoke_api::{Problem, ProblemCode};
use std::cell::Cell;
use std::future::Future;
use tokio::runtime::Builder;

/// What every command is given: the printer, the asker, the places.
#[derive(Debug)]
pub(crate) struct Context {
    /// Prints.
    pub(crate) print: Printer,
    /// Asks.
    pub(crate) ask: Ask,
    /// Where files and the daemon's socket are.
    pub(crate) paths: Paths,
    /// What the process ends with, where that is another program's word.
    exit_code: Cell<Option<u8>>,
}

impl Context {
    /// As the flags and the environment say.
    #[must_use]
    pub(crate) fn new(global: &Global, print: Printer) -> Self {
        let paths = Paths::from_environment();
        Self {
            print,
            ask: Ask::new(global),
            paths: match &global.socket {
                Some(socket) => paths.with_socket(socket),
                None => paths,
            },
            exit_code: Cell::default(),
        }
    }

    /// Has the process end as another program did.
    pub(crate) fn ends_with(&self, code: u8) {
        self.exit_code.set(Some(code));
    }

    /// The code of [`Context::ends_with`].
    #[must_use]
    pub(crate) fn exit_code(&self) -> Option<u8> {
        self.exit_code.get()
    }

    /// The user's profiles.
    #[must_use]
    pub(crate) fn store(&self) -> ProfileStore {
        ProfileStore::new(self.paths.profiles())
    }

    /// Connects to the daemon.
    ///
    /// # Errors
    /// When none of this version answers.
    pub(crate) async fn daemon(&self) -> Result<(DaemonClient, Updates), Problem> {
        DaemonClient::connect(&self.paths.socket, VERSION).await
    }

    /// Runs what waits for others, on this thread.
    ///
    /// # Errors
    /// Those of the future, or when the system refuses a poll descriptor.
    pub(crate) fn run<T>(
        &self,
        future: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        run_on(Builder::new_current_thread(), future)
    }

    /// The same, with one more thread for the tasks that the future spawns.
    ///
    /// # Errors
    /// As [`Context::run`].
    pub(crate) fn run_beside<T>(
        &self,
        future: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1);
        run_on(builder, future)
    }
}

fn run_on<T>(
    mut builder: Builder,
    future: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let runtime = builder.enable_all().build().map_err(|error| {
        Problem::new(
            ProblemCode::Other,
            format!("The program cannot wait for anything: {error}."),
            "close other programs and try again",
        )
    })?;
    let result = runtime.block_on(future);
    // A lookup or a prompt may still sit in a blocking thread; nobody waits for it.
    runtime.shutdown_background();
    result
}

/// Version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
