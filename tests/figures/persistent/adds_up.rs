//! Adds up the bytes it is given: of one batch, or of each line with `--persistent`.

use std::io::{BufRead, Read, Write};

fn main() -> std::io::Result<()> {
    let mut stdin = std::io::stdin().lock();
    let mut bytes = Vec::new();
    if std::env::args().nth(1).is_none() {
        stdin.read_to_end(&mut bytes)?;
        return add_up(&bytes);
    }
    let mut stdout = std::io::stdout().lock();
    while stdin.read_until(b'\n', &mut bytes)? > 0 {
        add_up(&bytes)?;
        stdout.write_all(b"{\"ok\":true}\n")?;
        stdout.flush()?;
        bytes.clear();
    }
    Ok(())
}

fn add_up(bytes: &[u8]) -> std::io::Result<()> {
    let total: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
    match total {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
