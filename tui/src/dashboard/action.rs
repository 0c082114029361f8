//! Everything a key can do.

/// What an operator can do with a key. Help, footer and configuration name actions from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Suspend,
    Resume,
    Terminate,
    ForceSuspend,
    ForceTerminate,
    Quit,
}

impl Action {
    /// All there are, in the order help shows them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Up,
        Self::Down,
        Self::PageUp,
        Self::PageDown,
        Self::First,
        Self::Last,
        Self::Suspend,
        Self::Resume,
        Self::Terminate,
        Self::ForceSuspend,
        Self::ForceTerminate,
        Self::Quit,
    ];

    /// The name in the configuration file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::PageUp => "page-up",
            Self::PageDown => "page-down",
            Self::First => "first",
            Self::Last => "last",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::ForceSuspend => "force-suspend",
            Self::ForceTerminate => "force-terminate",
            Self::Quit => "quit",
        }
    }

    /// What it does, for help.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Up => "previous task",
            Self::Down => "next task",
            Self::PageUp => "half a page up",
            Self::PageDown => "half a page down",
            Self::First => "first task",
            Self::Last => "last task",
            Self::Suspend => "suspend at the next batch boundary",
            Self::Resume => "resume",
            Self::Terminate => "terminate at the next batch boundary",
            Self::ForceSuspend => "suspend by force: kill the batch in flight",
            Self::ForceTerminate => "terminate by force: kill the batch in flight",
            Self::Quit => "quit",
        }
    }
}
