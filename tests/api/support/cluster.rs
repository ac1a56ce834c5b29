//! The tests' own PostgreSQL: one cluster per test process, made from the installed server
//! binaries in a temporary folder, reached through a Unix socket in that folder, and gone with the
//! process.
//!
//! The life of the server must not hang on Rust code being run at the end: a test process can be
//! killed, can abort, can be stopped by a CI time limit, and a `static` is never dropped. So a small
//! shell, the *supervisor*, owns the server. Its standard input is a pipe whose other end only this
//! process holds; the kernel closes that end however the process dies, the supervisor reads end of
//! file, stops the server and removes the folder.
//!
//! PostgreSQL refuses to run as root, as it would in a container. Then the whole supervisor runs as
//! the user `postgres` (or `nobody`), and so everything that it makes belongs to that user.
//!
//! Durability is switched off: nobody wants these data back after a crash.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, PipeReader, pipe};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where Debian and its relatives keep the server, one folder per major version, off the `PATH`.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// The line by which the supervisor says that the server answers, followed by the folder.
const READY: &str = "ready ";

/// The folder is in memory where there is room for it, which makes a copy of a database about eight
/// times as fast, and else in `/tmp` whatever `TMPDIR` says, because the path of a socket may have
/// only about 100 bytes and because the user that runs the server must be able to write there.
///
/// Every way out of this script passes `finish`. `PIPE` is trapped for a test process that dies
/// while the server is still starting: writing the ready line to nobody must not kill the shell.
const SUPERVISOR: &str = r#"
set -eu
parent=/tmp
free_kilobytes=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ -w /dev/shm ] && [ "${free_kilobytes:-0}" -gt 2000000 ]; then parent=/dev/shm; fi
folder=$(mktemp -d "$parent/redvest-tests.XXXXXX")
data=$folder/data

finish() {
    if [ -f "$data/postmaster.pid" ]; then
        "$POSTGRESQL_PROGRAMS/pg_ctl" stop --silent --mode=immediate --pgdata="$data" || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT PIPE TERM

quietly() {
    log=$1
    shift
    "$@" >"$folder/$log" 2>&1 </dev/null || { cat "$folder/$log"; exit 1; }
}

cd "$folder"
quietly initdb.log "$POSTGRESQL_PROGRAMS/initdb" --pgdata="$data" --username=postgres \
    --locale=C.UTF-8 --encoding=UTF8 --auth=trust --no-sync

cat >>"$data/postgresql.conf" <<SETTINGS
listen_addresses = ''
port = 5432
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
SETTINGS

quietly server.log "$POSTGRESQL_PROGRAMS/pg_ctl" start --wait --timeout=60 --pgdata="$data"
echo "ready $folder"
exec >/dev/null 2>&1
cat
"#;

/// A running PostgreSQL server without any database of ours.
pub struct Cluster {
    folder: String,
    /// Never read, only held: it contains our end of the supervisor's standard input.
    _supervisor: Child,
}

impl Cluster {
    /// The cluster of this test process; the first caller starts it and the others wait.
    pub fn shared() -> &'static Cluster {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(Cluster::start)
    }

    /// How sqlx reaches a database of this cluster as its superuser. The database need not exist
    /// yet, except `postgres`, from which the others are created.
    ///
    /// Everything is spelled out, so that no `PG…` variable of the developer's shell has a say.
    pub fn url(&self, database: &str) -> String {
        let folder = &self.folder;
        format!("postgres://postgres@localhost:5432/{database}?host={folder}&sslmode=disable")
    }

    fn start() -> Cluster {
        let (output, input) = pipe().expect("a pipe for what the supervisor says");
        let errors = input.try_clone().expect("a second handle on that pipe");
        let supervisor = supervisor(&server_programs())
            .stdin(Stdio::piped())
            .stdout(input)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the supervisor of PostgreSQL: {error}"));
        Cluster { folder: wait_until_ready(output), _supervisor: supervisor }
    }
}

/// The supervisor as a command, under a user that PostgreSQL accepts. It has a process group of its
/// own: an interrupt from the keyboard ends the tests, and only thereby the supervisor.
fn supervisor(programs: &Path) -> Command {
    let mut command = if user_number(&[]).as_deref() == Some("0") {
        shell_of_unprivileged_user()
    } else {
        shell()
    };
    command
        .env("POSTGRESQL_PROGRAMS", programs)
        // initdb tries every zone of the system unless it is told one
        .env("TZ", "UTC")
        // root's working folder may be closed to the unprivileged user
        .current_dir("/")
        .process_group(0);
    command
}

fn shell() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISOR]);
    command
}

fn shell_of_unprivileged_user() -> Command {
    let user = match user_number(&["postgres"]) {
        Some(_) => "postgres",
        None => "nobody",
    };
    if on_path("runuser").is_some() {
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--", "sh", "-c", SUPERVISOR]);
        command
    } else {
        let mut command = Command::new("su");
        command.args(["-s", "/bin/sh", "-c", SUPERVISOR, user]);
        command
    }
}

/// What `id -u` answers for the named user, or for the current one; `None` for an unknown user.
fn user_number(user: &[&str]) -> Option<String> {
    let output = Command::new("id").arg("-u").args(user).output().ok()?;
    let number = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| number.trim_end().to_owned())
}

/// Reads what the supervisor says up to its ready line and returns the folder that it names. What
/// comes before, or instead, is the explanation of a failure.
fn wait_until_ready(output: PipeReader) -> String {
    let mut explanation = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some(folder) = line.strip_prefix(READY) {
            return folder.to_owned();
        }
        explanation.push_str(&line);
        explanation.push('\n');
    }
    panic!("the tests' PostgreSQL did not start:\n{explanation}")
}

/// The folder that holds the server's programs. A missing server is a failure and never a skipped
/// test: half of what the tests prove is that both engines behave alike.
fn server_programs() -> PathBuf {
    on_path(PROGRAMS[0])
        .into_iter()
        .chain(debian_versions())
        .find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
        .unwrap_or_else(|| {
            panic!(
                "the tests need the PostgreSQL server programs {PROGRAMS:?}, and found them \
                 neither on PATH nor in {DEBIAN_VERSIONS}/*/bin: run tests/run, which installs \
                 them, or install your distribution's PostgreSQL server package"
            )
        })
}

/// The first folder on `PATH` that holds the named program.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| folder.join(program).is_file())
}

/// The folders of the versions that Debian's packages installed, newest first.
fn debian_versions() -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir(DEBIAN_VERSIONS)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions
        .into_iter()
        .map(|version| PathBuf::from(format!("{DEBIAN_VERSIONS}/{version}/bin")))
        .collect()
}

mod tests {
    use super::{BufRead, BufReader, Child, Cluster, Command, Path, READY, Stdio, env};
    use std::io::{self, Read};
    use std::os::unix::net::UnixStream;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    /// Set in the process that is to be killed, which is this test over again.
    const VICTIM: &str = "REDVEST_TEST_CLUSTER_VICTIM";
    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn a_killed_process_leaves_neither_server_nor_folder() {
        if env::var_os(VICTIM).is_some() {
            return hold_a_cluster();
        }
        let mut victim = spawn_victim();
        let output = victim.stdout.take().expect("the victim's output is piped");
        let folder = announced_folder(output);
        let connection = UnixStream::connect(format!("{folder}/.s.PGSQL.5432"))
            .expect("the victim's server listens");

        victim.kill().expect("SIGKILL reaches the victim");
        victim.wait().expect("the victim is dead");

        expect_hang_up(connection);
        expect_removal(&folder);
    }

    /// Waits for the end of its input, so that the victim cannot outlive the test either.
    #[expect(clippy::print_stdout, reason = "the victim tells its killer where to look")]
    fn hold_a_cluster() {
        println!("{READY}{}", Cluster::shared().folder);
        io::copy(&mut io::stdin(), &mut io::sink()).expect("standard input is readable");
    }

    fn spawn_victim() -> Child {
        let (_crate_name, module) = module_path!().split_once("::").expect("a nested module");
        Command::new(env::current_exe().expect("the path of the test binary"))
            .arg(format!("{module}::a_killed_process_leaves_neither_server_nor_folder"))
            .args(["--exact", "--nocapture"])
            .env(VICTIM, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary runs again")
    }

    fn announced_folder(output: impl Read) -> String {
        BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once(READY)?.1.to_owned()))
            .expect("the victim names its folder")
    }

    /// The server would wait a minute for the first message of a client, so an earlier end of the
    /// connection is the end of the server.
    fn expect_hang_up(mut connection: UnixStream) {
        connection.set_read_timeout(Some(PATIENCE)).expect("a read timeout can be set");
        let end = connection.read(&mut [0]);
        assert!(
            !matches!(&end, Err(error) if error.kind() == io::ErrorKind::WouldBlock),
            "the server outlived its process"
        );
    }

    fn expect_removal(folder: &str) {
        let deadline = Instant::now() + PATIENCE;
        while Path::new(folder).exists() {
            assert!(Instant::now() < deadline, "{folder} outlived its process");
            sleep(Duration::from_millis(20));
        }
    }
}
