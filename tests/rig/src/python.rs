//! Python environments of the tests' own under `target/`, with packages from `PyPI`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::install::PYTHON;
use crate::process::run;

/// The Python of an environment that holds these packages, each as `name==version`. What is missing is installed.
///
/// # Errors
/// When Python or a package cannot be found or installed.
pub fn python(packages: &[&str]) -> Result<PathBuf> {
    ensure("rig-venv", packages, &[])
}

/// The text of a file that a package brings, for packages of which nothing but that file is needed: what they
/// themselves depend on is not installed.
///
/// # Errors
/// When Python or the package cannot be found or installed, or has no such file.
pub fn file_of(package: &str, file: &str) -> Result<String> {
    let python = ensure("rig-venv-files", &[package], &["--no-deps"])?;
    let mut ask = Command::new(python);
    ask.args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
    let packages = run(&mut ask)?;
    let path = Path::new(packages.trim()).join(file);
    std::fs::read_to_string(&path).with_context(|| format!("{package} has no {file}"))
}

/// The Python of the environment of this name, after installing what is missing with these options of pip.
fn ensure(environment: &str, packages: &[&str], options: &[&str]) -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let venv = target.join(environment);
    let python = venv.join("bin/python");
    let mark = |package: &str| venv.join(format!("has-{package}"));
    let missing = || -> Vec<&str> { packages.iter().copied().filter(|name| !mark(name).exists()).collect() };
    if missing().is_empty() {
        return Ok(python);
    }
    std::fs::create_dir_all(&target)?;
    // Two tests that miss the same package must not install it at the same time.
    let lock = File::create(target.join(format!("{environment}.lock")))?;
    lock.lock()?;
    if !venv.join("made").exists() {
        make(&venv)?;
    }
    for package in missing() {
        eprintln!("rig: installs {package} from PyPI into target/{environment}");
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(options)
            .arg(package);
        run(&mut pip).with_context(|| format!("{package} is needed and could not be installed"))?;
        std::fs::write(mark(package), "")?;
    }
    Ok(python)
}

fn make(venv: &Path) -> Result<()> {
    let system_python = PYTHON.ensure("python3")?;
    let make = || run(Command::new(&system_python).args(["-m", "venv", "--clear"]).arg(venv));
    // Debian has Python without the part that makes environments.
    if make().is_err() {
        PYTHON.install(|| false)?;
        make()?;
    }
    Ok(std::fs::write(venv.join("made"), "")?)
}
