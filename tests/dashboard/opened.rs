//! A dashboard that runs on a terminal.

use std::process::Command;

use nix::sys::termios::Termios;

use crate::harness::{Controls, Program, Terminal, World, wait_until};

pub(crate) const ROWS: u16 = 24;
pub(crate) const COLUMNS: u16 = 100;

/// Keys that the terminal sends.
pub(crate) const CTRL_C: &[u8] = b"\x03";
pub(crate) const CTRL_Z: &[u8] = b"\x1a";

/// A dashboard that runs.
pub(crate) struct Dashboard {
    pub(crate) terminal: Terminal,
    pub(crate) before: Termios,
    pub(crate) program: Program,
}

impl Dashboard {
    #[track_caller]
    pub(crate) fn open(world: &World, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = world.command(options);
        command.envs(environment.iter().copied());
        Self::start(&command, Controls::Yes)
    }

    /// Starts it another way.
    #[track_caller]
    pub(crate) fn start(command: &Command, controls: Controls) -> Self {
        let terminal = Terminal::new(COLUMNS);
        let before = terminal.mode();
        let program = terminal.start(command, controls);
        let dashboard = Self {
            terminal,
            before,
            program,
        };
        dashboard.wait_for("longhaul ");
        dashboard
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: impl AsRef<[u8]>) {
        self.terminal.press(keys.as_ref());
    }

    /// The screen as an emulator shows it.
    pub(crate) fn screen(&self) -> String {
        let screen = self.terminal.shown(ROWS, COLUMNS).contents();
        // What was cleared with blanks looks as what was never written.
        let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
        lines.join("\n")
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let _told = Told(&self.terminal);
        wait_until(what, || condition(&self.screen()));
    }

    /// Waits until this stands on the shell's screen, after its own is gone.
    #[track_caller]
    pub(crate) fn wait_for_shell(&self, text: &str) {
        let _told = Told(&self.terminal);
        wait_until(&format!("{text:?} on the shell's screen"), || {
            let written = self.terminal.written();
            let after = written.rsplit_once("\x1b[?1049l");
            after.is_some_and(|(_, after)| after.contains(text))
        });
    }

    /// Quits it, and looks whether the terminal is as it was.
    #[track_caller]
    pub(crate) fn quits(self) -> String {
        self.press("q");
        self.ends(0)
    }

    /// The terminal goes away under it; gives the program that was on it.
    pub(crate) fn hang_up(self) -> Program {
        self.terminal.hang_up();
        self.program
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        let screen = self.terminal.shown(ROWS, COLUMNS);
        screen.alternate_screen() && screen.contents().contains(text)
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        let screen = || self.terminal.shown(ROWS, COLUMNS);
        let _told = Told(&self.terminal);
        wait_until(&format!("{text:?} on the screen"), || {
            screen().alternate_screen() && screen().contents().contains(text)
        });
    }

    /// Waits for the end, and looks whether the terminal is as it was.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> String {
        let output = self.program.ended();
        assert_eq!(output.code, Some(code), "{}", self.terminal.written());
        assert_terminal_is_back(&self.terminal, &self.before);
        self.terminal.written()
    }
}

/// Prints the screen if what was waited for did not come.
struct Told<'a>(&'a Terminal);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let screen = self.0.shown(ROWS, COLUMNS);
            eprintln!("the screen is:\n{}", screen.contents());
        }
    }
}

#[track_caller]
pub(crate) fn assert_terminal_is_back(terminal: &Terminal, before: &Termios) {
    let is_back = || {
        let screen = terminal.shown(ROWS, COLUMNS);
        !screen.alternate_screen() && !screen.hide_cursor()
    };
    wait_until("the shell's screen and its cursor", is_back);
    let now = terminal.mode();
    assert_eq!(now.local_flags, before.local_flags);
    assert_eq!(now.input_flags, before.input_flags);
    assert_eq!(now.output_flags, before.output_flags);
}
