//! `bevaka completion`: what shells complete by.

use crate::{Cli, exit::Ended, output};
use clap::CommandFactory;
use clap_complete::Shell;

/// For which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka completion bash > ~/.local/share/bash-completion/completions/bevaka
  bevaka completion zsh > ~/.zfunc/_bevaka
  bevaka completion fish > ~/.config/fish/completions/bevaka.fish")]
pub(crate) struct Args {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Ended {
    output::bytes(&script(args.shell));
    Ended::Done
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bevaka", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            for command in ["inject", "trail", "verify-evidence", "tokens"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
            assert!(!script.contains("BEVAKA_TOKEN="), "{shell}");
        }
    }

    #[test]
    fn bash_can_read_its_script() {
        let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(&script(Shell::Bash)).unwrap();
        assert!(bash.wait().unwrap().success());
    }
}
