//! What is typed of a task whose kind a worker program performs.

use std::path::PathBuf;

use clap::Args;

/// What a task of a KIND is told.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KindArgs {
    /// Set a parameter of KIND; `longhaul kinds KIND` tells which there are
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,

    /// Take the parameters of KIND from a JSON FILE; - is standard input; --param goes over it
    #[arg(long, value_name = "FILE")]
    pub(crate) params: Option<PathBuf>,

    /// Submit it although no worker has published KIND: it waits for one, and nothing is checked
    #[arg(long)]
    pub(crate) anyway: bool,
}

impl KindArgs {
    /// The first of its options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let param = (!self.param.is_empty()).then_some("--param");
        param
            .or(self.params.as_ref().map(|_| "--params"))
            .or(self.anyway.then_some("--anyway"))
    }
}
