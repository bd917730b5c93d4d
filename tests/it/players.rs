//! Video and audio, whose controls are the browser's own.

use crate::support::{Tab, run};

/// A player of a second of silence, and a film without anything to play.
const PAGE: &str = "<audio controls aria-label=Song></audio><video controls title=Film></video><video aria-label=Bare></video>\
    <script>const bytes = new Uint8Array(44 + 8000), view = new DataView(bytes.buffer);\
    [...'RIFF\\0\\0\\0\\0WAVEfmt '].forEach((c, at) => bytes[at] = c.charCodeAt());\
    view.setUint32(4, 8036, true); view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);\
    view.setUint32(24, 8000, true); view.setUint32(28, 8000, true); view.setUint16(32, 1, true); view.setUint16(34, 8, true);\
    [...'data'].forEach((c, at) => bytes[36 + at] = c.charCodeAt()); view.setUint32(40, 8000, true); bytes.fill(128, 44);\
    const song = document.querySelector('audio'); song.onplaying = () => document.title = 'playing';\
    song.src = URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }))</script>";

#[test]
fn controls_of_players_are_told_in_every_style_and_clicked() {
    run(async {
        let tab = Tab::with(PAGE).await;
        tab.until("() => document.querySelector('audio').readyState > 2").await;
        for style in ["", "compact=true", "interactive=true", "interactive=true&refs=aria"] {
            let text = tab.snapshot(style).await;
            assert!(
                text.matches("button \"play\"").count() == 2 && text.contains("button \"mute\""),
                "{text}"
            );
            assert!(text.contains("slider \"audio time scrubber\""), "{text}");
        }
        assert!(tab.snapshot("").await.contains("- video \"Bare\""));
        let lean = tab.snapshot("format=lean").await;
        let parts = [
            "<audio Song>\n",
            " [play]\n",
            "<video Film>\n",
            "[enter full screen] (disabled)\n",
            "<video Bare>",
        ];
        assert!(parts.iter().all(|part| lean.contains(part)), "{lean}");
        let aria = tab.get("/snapshot", "format=aria").await.ok();
        let told = |role: &str, name: &str| {
            aria["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|node| node["role"] == role && node["name"] == name)
                .count()
        };
        assert_eq!(
            (told("Audio", "Song"), told("Video", "Film"), told("button", "play")),
            (1, 1, 2),
            "{aria}"
        );
        let play = tab.find("button \"play\"").await;
        tab.click_ref(&play).await.ok();
        tab.until("() => document.title === 'playing'").await;
    });
}

#[test]
fn a_player_itself_is_clicked_beside_its_controls() {
    run(async {
        let tab =
            Tab::with("<video controls aria-label=Film onclick='this.title = \"clicked\"'></video>").await;
        let film = tab.find("video \"Film\"").await;
        tab.click_ref(&film).await.ok();
        assert_eq!(tab.property("video", "title").await, "clicked");
    });
}
