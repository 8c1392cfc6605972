use super::*;
use std::net::TcpListener;

const MANIFEST: &str = include_str!("../../../../models/zoo/yolox-nano/manifest.toml");

/// A manifest whose weights are `digest` at `address`.
fn manifest(address: &str, digest: &str) -> Manifest {
    let mut manifest = Manifest::parse(MANIFEST, "test").expect("valid");
    (manifest.download, manifest.sha256) = (Some(address.to_string()), digest.to_string());
    manifest
}

/// Answers one request with `answer`, byte by byte as it stands; gives the address.
fn served(answer: &'static [u8]) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/weights.onnx", listener.local_addr().expect("an address"));
    let serve = move || {
        let (mut stream, _) = listener.accept().expect("asked");
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).expect("a request") > 0);
        stream.write_all(answer).expect("answered");
    };
    (address, std::thread::Builder::new().spawn(serve).expect("a thread"))
}

/// SHA-256 of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn the_right_file_is_put_in_its_place_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let weights = Weights::File(folder.path().join("deep/weights.onnx"));
    let (address, server) = served(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let said = pull(&manifest(&address, HELLO), &weights).expect("fetched");
    assert!(said.contains("Apache-2.0"), "{said}");
    server.join().expect("served");
    assert_eq!(fs::read(weights.path()).expect("there"), b"hello");
    // Nobody is asked again: the server is gone.
    let said = pull(&manifest(&address, HELLO), &weights).expect("there");
    assert!(said.contains("already at"), "{said}");
}

#[test]
fn another_file_is_thrown_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let weights = Weights::File(folder.path().join("weights.onnx"));
    let (address, server) = served(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhullo");
    let said = pull(&manifest(&address, HELLO), &weights).expect_err("another digest").to_string();
    server.join().expect("served");
    assert!(said.contains("wrong SHA-256 digest") && said.contains(HELLO), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let weights = Weights::File(folder.path().join("weights.onnx"));
    for answer in [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".as_slice(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello",
        b"it is raining",
    ] {
        let (address, server) = served(answer);
        let said = pull(&manifest(&address, HELLO), &weights).expect_err("nothing came").to_string();
        server.join().expect("served");
        assert!(said.starts_with(&address), "{said}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "{said}");
    }
    let mut nowhere = manifest("", HELLO);
    nowhere.download = None;
    let said = pull(&nowhere, &weights).expect_err("no address").to_string();
    assert!(said.contains("names no address") && said.contains("weights.onnx"), "{said}");
}
