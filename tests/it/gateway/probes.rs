//! Plain HTTP on the base port.

use serde_json::Value;

use super::House;

#[tokio::test]
async fn health_probes_need_no_secret_and_everything_else_does() {
    let house = House::open().await;
    for path in ["/health", "/healthz", "/ready", "/readyz", "/startup", "/startupz"] {
        let (head, body) = house.http(&format!("GET {path} HTTP/1.1\r\nHost: HOST")).await;
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        for header in [
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "permissions-policy: ",
        ] {
            assert!(head.contains(header), "{path}: {head}");
        }
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(body["ok"] == true || body["ready"] == true, "{body}");
        let (head, body) = house.http(&format!("HEAD {path} HTTP/1.1\r\nHost: HOST")).await;
        assert!(head.starts_with("http/1.1 200") && body.is_empty(), "{head}");
        let (head, _) = house.http(&format!("POST {path} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0")).await;
        assert!(head.starts_with("http/1.1 405") && head.contains("allow: get, head"), "{head}");
    }
    for (request, status) in [
        ("GET /healthz/x HTTP/1.1\r\nHost: HOST", "401"),
        ("GET / HTTP/1.1\r\nHost: HOST", "401"),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer tok-12345", "404"),
        ("PUT /%zz?%00 HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer tok-12345", "404"),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket", "400"),
        ("GET /health HTTP/1.1\r\nHost: evil.example", "403"),
        ("GET /health HTTP/1.1", "403"),
        ("OPTIONS / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example", "403"),
        ("GET http://[ HTTP/1.1\r\nHost: HOST", "400"),
    ] {
        let (head, body) = house.http(request).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{request}: {head}");
        assert!(!head.contains("access-control"), "{head}");
        if status == "404" {
            assert_eq!(body, r#"{"error":"Not Found"}"#);
        }
    }
}
