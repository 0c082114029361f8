//! `longhaul man`: the manual pages.

use crate::cli::{self, ManArgs};
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};

pub(crate) fn run(args: &ManArgs) -> Result<Outcome, Failure> {
    let failed = |error: std::io::Error| {
        Failure::system(
            &format!("writing manual pages to {}", args.dir.display()),
            &error,
        )
        .hint("name a folder that can be written to; `man` looks in ~/.local/share/man/man1")
    };
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    let mut command = cli::command();
    command.build();
    let mut pages = 0;
    write(&command, args, &mut pages).map_err(failed)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write(verb, args, &mut pages).map_err(failed)?;
    }
    let pages = human::counted(pages, "page", "pages");
    output::line(&format!("{pages} written"))?;
    Ok(Outcome::Done)
}

fn write(command: &clap::Command, args: &ManArgs, pages: &mut u64) -> std::io::Result<()> {
    if command.get_name() == "help" {
        return Ok(());
    }
    let name = command.get_display_name().unwrap_or(command.get_name());
    let page = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    let mut text = Vec::new();
    page.render(&mut text)?;
    std::fs::write(args.dir.join(format!("{name}.1")), text)?;
    *pages += 1;
    Ok(())
}
