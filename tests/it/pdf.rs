//! Pages on paper.

use crate::support::{House, Site, run};

#[test]
fn a_page_is_printed_into_the_media_folder() {
    run(async {
        let site =
            Site::with("<body style='background: #fc0'><h1>Printed</h1><p style='height: 3000px'>Long").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let body = tab.post("/pdf", serde_json::json!({})).await.ok();
        assert_eq!(
            (body["targetId"].as_str(), body["url"].as_str()),
            (Some(tab.id.as_str()), Some(site.url("/").as_str()))
        );
        let path = std::path::PathBuf::from(body["path"].as_str().unwrap());
        assert_eq!(path.parent(), Some(House::shared().await.state("media/browser").as_path()));
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"),
            "{} bytes",
            bytes.len()
        );
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    });
}

#[test]
fn a_page_larger_than_one_piece_arrives_whole() {
    run(async {
        // Noise does not compress: the file is larger than what is read at once.
        let script = "<canvas width=1400 height=1400></canvas><script>const c = document.querySelector('canvas').getContext('2d');
            const d = c.createImageData(1400, 1400); for (let i = 0; i < d.data.length; i++) d.data[i] = Math.random() * 256;
            c.putImageData(d, 0, 0)</script>";
        let tab = crate::support::Tab::with(script).await;
        let body = tab.post("/pdf", serde_json::json!({})).await.ok();
        let bytes = std::fs::read(body["path"].as_str().unwrap()).unwrap();
        assert!(bytes.len() > 1 << 20, "{}", bytes.len());
        assert!(bytes.trim_ascii_end().ends_with(b"%%EOF"));
    });
}
