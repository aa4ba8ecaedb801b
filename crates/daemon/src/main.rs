//! The program `lachan`. Everything is in the library beside it; here its outcome becomes an exit
//! code.

use std::process::ExitCode;

fn main() -> ExitCode {
    lachan_daemon::main(std::env::args_os())
}
