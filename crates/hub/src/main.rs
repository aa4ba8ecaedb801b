//! The program `lachan-hub`. Everything is in the library beside it; here its outcome becomes an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    lachan_hub::cli::main(std::env::args_os())
}
