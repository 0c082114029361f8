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
    NextMatch,
    PreviousMatch,
    NextAttention,
    PreviousAttention,
    Mark,
    MarkAll,
    Suspend,
    Resume,
    Terminate,
    ForceSuspend,
    ForceTerminate,
    Filter,
    Sort,
    ReverseSort,
    Freeze,
    Help,
    Close,
    Redraw,
    ToShell,
    Quit,
}

/// What an action is about: a section of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Moving,
    Asking,
    Looking,
    General,
}

impl Action {
    /// All there are, in the order help shows them.
    pub(crate) const ALL: &[Self] = &[
        Self::Up,
        Self::Down,
        Self::PageUp,
        Self::PageDown,
        Self::First,
        Self::Last,
        Self::NextMatch,
        Self::PreviousMatch,
        Self::NextAttention,
        Self::PreviousAttention,
        Self::Mark,
        Self::MarkAll,
        Self::Suspend,
        Self::Resume,
        Self::Terminate,
        Self::ForceSuspend,
        Self::ForceTerminate,
        Self::Filter,
        Self::Sort,
        Self::ReverseSort,
        Self::Freeze,
        Self::Help,
        Self::Close,
        Self::Redraw,
        Self::ToShell,
        Self::Quit,
    ];

    /// What it does, for help.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Up => "previous task",
            Self::Down => "next task",
            Self::PageUp => "half a page up",
            Self::PageDown => "half a page down",
            Self::First => "first task",
            Self::Last => "last task",
            Self::NextMatch => "next match of the filter, then the first",
            Self::PreviousMatch => "previous match of the filter, then the last",
            Self::NextAttention => "next task that needs attention",
            Self::PreviousAttention => "previous task that needs attention",
            Self::Mark => "mark or unmark the task",
            Self::MarkAll => "mark all that match the filter",
            Self::Suspend => "suspend at the next batch boundary",
            Self::Resume => "resume",
            Self::Terminate => "terminate at the next batch boundary",
            Self::ForceSuspend => "suspend by force: kill the batch in flight",
            Self::ForceTerminate => "terminate by force: kill the batch in flight",
            Self::Filter => "filter the list",
            Self::Sort => "sort by the next column",
            Self::ReverseSort => "reverse the order",
            Self::Freeze => "freeze the order, or let it go",
            Self::Help => "these keys",
            Self::Close => "close the dialogue, the filter, the marks",
            Self::Redraw => "draw the screen anew",
            Self::ToShell => "to the shell; `fg` comes back",
            Self::Quit => "quit",
        }
    }

    /// The section of help it stands in.
    pub(crate) fn section(self) -> Section {
        match self {
            Self::Up
            | Self::Down
            | Self::PageUp
            | Self::PageDown
            | Self::First
            | Self::Last
            | Self::NextMatch
            | Self::PreviousMatch
            | Self::NextAttention
            | Self::PreviousAttention => Section::Moving,
            Self::Mark
            | Self::MarkAll
            | Self::Suspend
            | Self::Resume
            | Self::Terminate
            | Self::ForceSuspend
            | Self::ForceTerminate => Section::Asking,
            Self::Filter | Self::Sort | Self::ReverseSort | Self::Freeze => Section::Looking,
            Self::Help | Self::Close | Self::Redraw | Self::ToShell | Self::Quit => {
                Section::General
            }
        }
    }
}
