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
    RaiseRate,
    LowerRate,
    Priority,
    Submit,
    Comment,
    Undo,
    Filter,
    Sort,
    ReverseSort,
    Freeze,
    Detail,
    NextPane,
    Log,
    Failures,
    Events,
    Workers,
    CopyId,
    Follow,
    Wrap,
    Columns,
    Left,
    Right,
    Palette,
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
    List,
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
        Self::RaiseRate,
        Self::LowerRate,
        Self::Priority,
        Self::Submit,
        Self::Comment,
        Self::Undo,
        Self::Filter,
        Self::Sort,
        Self::ReverseSort,
        Self::Freeze,
        Self::Detail,
        Self::NextPane,
        Self::Log,
        Self::Failures,
        Self::Events,
        Self::Workers,
        Self::CopyId,
        Self::Follow,
        Self::Wrap,
        Self::Columns,
        Self::Left,
        Self::Right,
        Self::Palette,
        Self::Help,
        Self::Close,
        Self::Redraw,
        Self::ToShell,
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
            Self::NextMatch => "next-match",
            Self::PreviousMatch => "previous-match",
            Self::NextAttention => "next-attention",
            Self::PreviousAttention => "previous-attention",
            Self::Mark => "mark",
            Self::MarkAll => "mark-all",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::ForceSuspend => "force-suspend",
            Self::ForceTerminate => "force-terminate",
            Self::RaiseRate => "raise-rate",
            Self::LowerRate => "lower-rate",
            Self::Priority => "priority",
            Self::Submit => "submit",
            Self::Comment => "comment",
            Self::Undo => "undo",
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::ReverseSort => "reverse-sort",
            Self::Freeze => "freeze",
            Self::Detail => "detail",
            Self::NextPane => "next-pane",
            Self::Log => "log",
            Self::Failures => "failures",
            Self::Events => "events",
            Self::Workers => "workers",
            Self::CopyId => "copy-id",
            Self::Follow => "follow",
            Self::Wrap => "wrap",
            Self::Columns => "columns",
            Self::Left => "left",
            Self::Right => "right",
            Self::Palette => "palette",
            Self::Help => "help",
            Self::Close => "close",
            Self::Redraw => "redraw",
            Self::ToShell => "to-shell",
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
            Self::NextMatch => "next match, then the first; log: below",
            Self::PreviousMatch => "previous match, then the last; log: above",
            Self::NextAttention => "next task that needs attention",
            Self::PreviousAttention => "previous task that needs attention",
            Self::Mark => "mark or unmark the task",
            Self::MarkAll => "mark all that match the filter",
            Self::Suspend => "suspend at the next batch boundary",
            Self::Resume => "resume",
            Self::Terminate => "terminate at the next batch boundary",
            Self::ForceSuspend => "suspend by force: kill the batch in flight",
            Self::ForceTerminate => "terminate by force: kill the batch in flight",
            Self::RaiseRate => "raise the rate limit by a quarter",
            Self::LowerRate => "lower the rate limit by a fifth, or set one",
            Self::Priority => "change the priority",
            Self::Submit => "submit a task of a kind: a form",
            Self::Comment => "say something of it, for those who look later",
            Self::Undo => "undo what was last asked from here",
            Self::Filter => "filter the list; log: look for a text",
            Self::Sort => "sort by the next column",
            Self::ReverseSort => "reverse the order",
            Self::Freeze => "freeze the order, or let it go",
            Self::Detail => "all of the task; from a page: go there",
            Self::NextPane => "list or detail; events: this task or all",
            Self::Log => "log of the task",
            Self::Failures => "what failed of the task",
            Self::Events => "events of all; from a page of a task: its own",
            Self::Workers => "workers",
            Self::CopyId => "copy the id of the task",
            Self::Follow => "log, events: follow the end",
            Self::Wrap => "log: wrap long lines or cut them",
            Self::Columns => "log: more or fewer columns before the text",
            Self::Left => "log: back in lines that are cut",
            Self::Right => "log: on in lines that are cut",
            Self::Palette => "type a command; tab completes it",
            Self::Help => "these keys",
            Self::Close => "close dialogue, page, detail, filter or marks",
            Self::Redraw => "draw the screen anew",
            Self::ToShell => "to the shell; `fg` comes back",
            Self::Quit => "quit",
        }
    }

    /// Whether only pages have it.
    pub(crate) fn is_of_pages(self) -> bool {
        matches!(
            self,
            Self::Follow | Self::Wrap | Self::Columns | Self::Left | Self::Right
        )
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
            | Self::ForceTerminate
            | Self::RaiseRate
            | Self::LowerRate
            | Self::Priority
            | Self::Submit
            | Self::Comment
            | Self::Undo => Section::Asking,
            Self::Filter | Self::Sort | Self::ReverseSort | Self::Freeze => Section::List,
            Self::Detail
            | Self::NextPane
            | Self::Log
            | Self::Failures
            | Self::Events
            | Self::Workers
            | Self::CopyId
            | Self::Follow
            | Self::Wrap
            | Self::Columns
            | Self::Left
            | Self::Right => Section::Looking,
            Self::Palette
            | Self::Help
            | Self::Close
            | Self::Redraw
            | Self::ToShell
            | Self::Quit => Section::General,
        }
    }
}
