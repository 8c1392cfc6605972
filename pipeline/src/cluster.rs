//! Cluster: the processes of one run find each other, and make sure that it is one run, before timely takes the connections over.
//!
//! Process I listens at line I of the hosts file and connects to every process before it. Both ends of a connection say who they are
//! and what they run; a stranger is refused with a reason. Nothing is encrypted and nobody proves who they are: use a private
//! interface. While it waits, a process says for whom, and stops when asked to.

use crate::clock::{self, Stopwatch};
use crate::config::Problem;
use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Port of process 0 where no hosts are given; process I has the I-th after it.
const PORT: u16 = 2101;

/// What a greeting begins with.
const MAGIC: [u8; 8] = *b"aisleflo";

/// Magic, three numbers of four bytes, and a digest.
const GREETING: usize = 8 + 3 * 4 + 32;

/// Between two looks at who has come.
const LOOK: Duration = Duration::from_millis(50);

/// How long the other end may take to greet.
const GREET: Duration = Duration::from_secs(3);

/// Between two lines that say for whom it waits.
const SAY: Duration = Duration::from_secs(5);

/// The processes of a run, and which of them this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// This process, from 0.
    pub process: usize,
    /// Where each listens, as `host:port`.
    pub hosts: Vec<String>,
}

/// Why the processes of a run did not come together.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Its own address cannot be listened at. Give up: another process has it, or the host is not this machine.
    #[error(
        "process {process} cannot listen at {host}: {source}\n  hint: line {line} of --hosts names this machine and a free port"
    )]
    Listen {
        /// This process.
        process: usize,
        /// Its line.
        line: usize,
        /// Its address.
        host: String,
        /// The system's words.
        source: io::Error,
    },
    /// A peer runs something else. Give up.
    #[error(
        "process {process} runs {what}\n  hint: start all processes with the same version, configuration, --processes and --workers"
    )]
    Stranger {
        /// The peer.
        process: usize,
        /// What differs.
        what: &'static str,
    },
    /// It was stopped before all had come.
    #[error("stopped while waiting for {0}; nothing was written")]
    Stopped(String),
    /// The system refused a connection.
    #[error("cannot connect the processes: {0}")]
    Connection(#[from] io::Error),
}

impl Cluster {
    /// One process, which needs nobody.
    pub fn alone() -> Self {
        Self { process: 0, hosts: vec![String::new()] }
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.hosts.len()
    }

    /// Process `process` of `processes` on this machine.
    pub fn local(process: usize, processes: usize) -> Self {
        Self { process, hosts: (0..processes).map(|i| format!("localhost:{}", usize::from(PORT) + i)).collect() }
    }

    /// The same with the hosts that `text` names, one `host:port` a line, from the file called `name`.
    pub fn read(self, name: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let problem = |line: usize, reason: String, hint: &str| Problem {
            file: name.to_string(),
            line,
            key: "hosts".to_string(),
            reason,
            hint: hint.to_string(),
        };
        let (mut hosts, mut problems): (Vec<String>, _) = (Vec::new(), Vec::new());
        for (i, line) in
            text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())).filter(|(_, line)| !line.is_empty())
        {
            let port = line.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
            match port {
                Some((host, port)) if !host.is_empty() && port > 0 => {}
                _ => problems.push(problem(i, format!("`{line}` is no address"), "write host:port, one a line")),
            }
            if hosts.contains(&line.to_string()) {
                problems.push(problem(i, format!("`{line}` stands there already"), "each process has its own"));
            }
            hosts.push(line.to_string());
        }
        if hosts.len() != self.processes() {
            let reason = format!("{} addresses for {} processes", hosts.len(), self.processes());
            problems.push(problem(0, reason, "one line for each process, in the order of --process"));
        }
        if problems.is_empty() { Ok(Self { hosts, ..self }) } else { Err(problems) }
    }

    /// Waits for the others, until `stop`, and gives a connection to each; none in this process's own place. `identity` names the
    /// run: peers that name another, or have another number of `workers`, are refused.
    pub fn connect(
        &self,
        identity: &str,
        workers: usize,
        stop: &AtomicBool,
    ) -> Result<Vec<Option<TcpStream>>, ClusterError> {
        let (me, count) = (self.process, self.processes());
        let host = &self.hosts[me];
        let listen = |source| ClusterError::Listen { process: me, line: me + 1, host: host.clone(), source };
        // The last process is called by nobody.
        let listener = (me + 1 < count).then(|| TcpListener::bind(host.as_str())).transpose().map_err(listen)?;
        if let Some(listener) = &listener {
            listener.set_nonblocking(true)?;
        }
        let greeting = Greeting { processes: count, workers, digest: Sha256::digest(identity.as_bytes()).into() };
        let mut peers: Vec<Option<TcpStream>> = (0..count).map(|_| None).collect();
        let mut watch: Option<Stopwatch> = None;
        loop {
            for (peer, slot) in peers.iter_mut().enumerate().take(me) {
                if slot.is_none() {
                    *slot = call(&self.hosts[peer], me, peer, &greeting)?;
                }
            }
            while let Some((stream, _)) = listener.as_ref().map(TcpListener::accept).and_then(Result::ok) {
                if let Some((peer, stream)) = greeting.answer(stream, me)? {
                    peers[peer] = Some(stream);
                }
            }
            let absent: Vec<String> = (peers.iter().enumerate())
                .filter(|(peer, slot)| *peer != me && slot.is_none())
                .map(|(peer, _)| format!("process {peer} ({})", self.hosts[peer]))
                .collect();
            if absent.is_empty() {
                return Ok(peers);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(ClusterError::Stopped(absent.join(", ")));
            }
            if watch.as_ref().is_none_or(|watch| watch.elapsed() >= SAY) {
                tracing::info!("process {me} of {count} waits for {}; Ctrl-C stops it", absent.join(", "));
                watch = Some(Stopwatch::start());
            }
            clock::pause(LOOK);
        }
    }
}

/// What a process says of itself beside its number.
struct Greeting {
    processes: usize,
    workers: usize,
    digest: [u8; 32],
}

impl Greeting {
    fn bytes(&self, process: usize) -> [u8; GREETING] {
        let mut bytes = [0; GREETING];
        let numbers = [process, self.processes, self.workers].map(|n| (n as u32).to_be_bytes()).concat();
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..20].copy_from_slice(&numbers);
        bytes[20..].copy_from_slice(&self.digest);
        bytes
    }

    /// Who greets with `bytes`, if it is one of us at all.
    fn check(&self, bytes: &[u8; GREETING]) -> Result<Option<usize>, ClusterError> {
        if bytes[..8] != MAGIC {
            return Ok(None);
        }
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        let process = number(8);
        let what = if number(12) != self.processes {
            "another number of processes"
        } else if number(16) != self.workers {
            "another number of workers"
        } else if bytes[20..] != self.digest {
            "another configuration, version or set of models"
        } else {
            return Ok(Some(process));
        };
        Err(ClusterError::Stranger { process, what })
    }

    /// Greets back whoever called `me`. None where it is not one of us or has gone.
    fn answer(&self, mut stream: TcpStream, me: usize) -> Result<Option<(usize, TcpStream)>, ClusterError> {
        let Ok(bytes) = read_greeting(&mut stream) else { return Ok(None) };
        // The answer goes first: the other end should know as well what differs.
        let greeted = stream.write_all(&self.bytes(me));
        match self.check(&bytes)? {
            Some(peer) if peer > me && peer < self.processes && greeted.is_ok() => Ok(Some((peer, ready(stream)?))),
            _ => Ok(None),
        }
    }
}

/// Calls `peer`. None where nobody answers yet.
fn call(host: &str, me: usize, peer: usize, greeting: &Greeting) -> Result<Option<TcpStream>, ClusterError> {
    // A name that cannot be resolved may be one that is not there yet.
    let Some(address) = host.to_socket_addrs().ok().and_then(|mut found| found.next()) else { return Ok(None) };
    let Ok(mut stream) = TcpStream::connect_timeout(&address, GREET) else { return Ok(None) };
    if stream.write_all(&greeting.bytes(me)).is_err() {
        return Ok(None);
    }
    let Ok(bytes) = read_greeting(&mut stream) else { return Ok(None) };
    match greeting.check(&bytes)? {
        Some(process) if process == peer => Ok(Some(ready(stream)?)),
        Some(process) => {
            Err(io::Error::new(ErrorKind::InvalidData, format!("process {process} answers at {host}")).into())
        }
        None => Ok(None),
    }
}

fn read_greeting(stream: &mut TcpStream) -> io::Result<[u8; GREETING]> {
    let mut bytes = [0; GREETING];
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(GREET))?;
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// As timely wants it.
fn ready(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(None)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads the hosts of a run of several processes.
pub fn read(process: usize, processes: usize, hosts: Option<&Path>) -> Result<Cluster, Vec<Problem>> {
    let cluster = Cluster::local(process, processes);
    let Some(path) = hosts else { return Ok(cluster) };
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => cluster.read(&name, &text),
        Err(error) => {
            let (key, hint) = ("hosts".to_string(), "one host:port a line".to_string());
            Err(vec![Problem { file: name, line: 0, key, reason: error.to_string(), hint }])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn every_bad_line_is_a_problem() {
        let text = "10.0.0.1:2101\n10.0.0.2\n\n:3\nhost:0\n10.0.0.1:2101\n";
        let problems = Cluster::local(0, 2).read("hosts", text).expect_err("five mistakes");
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 4, 5, 6, 0], "{problems:?}");
        let two = Cluster::local(1, 2).read("hosts", "a:1\nb:2\n").expect("fine");
        assert_eq!((two.process, two.hosts), (1, vec!["a:1".to_string(), "b:2".to_string()]));
        assert_eq!(Cluster::local(0, 2).hosts, ["localhost:2101", "localhost:2102"]);
    }

    /// `count` processes on free ports of this machine.
    fn clusters(count: usize) -> Vec<Cluster> {
        let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
        let hosts: Vec<_> = listeners.iter().map(|l| l.local_addr().expect("bound").to_string()).collect();
        (0..count).map(|process| Cluster { process, hosts: hosts.clone() }).collect()
    }

    /// Connects all; each with its identity and number of workers.
    fn connect(clusters: Vec<Cluster>, runs: &[(&'static str, usize)]) -> Vec<Result<usize, String>> {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = clusters.into_iter().zip(runs.to_vec()).map(|(cluster, (identity, workers))| {
            let stop = stop.clone();
            let connect = move || {
                let connected = cluster.connect(identity, workers, &stop);
                // One that gives up leaves the others waiting, who are then stopped.
                stop.fetch_or(connected.is_err(), Ordering::Relaxed);
                connected.map(|peers| peers.iter().flatten().count()).map_err(|error| error.to_string())
            };
            std::thread::Builder::new().spawn(connect).expect("a thread")
        });
        threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().expect("no panic")).collect()
    }

    #[test]
    fn three_find_each_other_and_strangers_are_refused() {
        assert_eq!(connect(clusters(3), &[("run", 2), ("run", 2), ("run", 2)]), [Ok(2), Ok(2), Ok(2)]);
        let said = connect(clusters(2), &[("run", 2), ("other", 2)]);
        assert!(said.iter().flatten().next().is_none(), "{said:?}");
        assert!(said.iter().any(|said| said.as_ref().is_err_and(|s| s.contains("another configuration"))), "{said:?}");
        let said = connect(clusters(2), &[("run", 2), ("run", 3)]);
        assert!(said.iter().any(|said| said.as_ref().is_err_and(|s| s.contains("number of workers"))), "{said:?}");
    }

    #[test]
    fn a_caller_who_is_not_one_of_us_is_passed_over() {
        let mut all = clusters(2);
        let (host, other) = (all[0].hosts[0].clone(), all.remove(1));
        let first = all.remove(0);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| first.connect("run", 1, &stop).map(|peers| peers.iter().flatten().count()));
            let mut stranger = loop {
                if let Ok(stream) = TcpStream::connect(&host) {
                    break stream;
                }
                clock::pause(LOOK);
            };
            stranger.write_all(&[b'G'; GREETING]).expect("sent");
            assert!(other.connect("run", 1, &stop).is_ok());
            assert_eq!(waits.join().expect("no panic").expect("connected"), 1);
        });
    }

    #[test]
    fn waiting_stops_when_asked_to() {
        let first = clusters(2).remove(0);
        let error = first.connect("run", 1, &AtomicBool::new(true)).expect_err("nobody came");
        assert!(error.to_string().starts_with("stopped while waiting for process 1 (127.0.0.1:"), "{error}");
    }
}
