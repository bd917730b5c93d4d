//! What is marked in a picture, on the wire (contract 7.7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Code, Error};
use crate::page::{Annotation, Labels, Picture};
use crate::service::Tab;

/// What is marked in a picture.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelRows {
    /// Always true.
    pub labels: bool,
    /// How many elements are marked.
    pub labels_count: usize,
    /// How many are not: they have no box, nothing of them can be seen, they moved, or they are too many.
    pub labels_skipped: usize,
    /// What is there.
    pub annotations: Vec<AnnotationRow>,
}

/// An element of a picture.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AnnotationRow {
    /// Its ref.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The number in it.
    pub number: u32,
    /// Its role.
    pub role: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    pub r#box: BoxRow,
}

/// A rectangle, in pixels of the picture.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "they say what they are")]
pub struct BoxRow {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl From<Labels> for LabelRows {
    fn from(labels: Labels) -> Self {
        let Labels { annotations, drawn, skipped } = labels;
        Self {
            labels: true,
            labels_count: drawn,
            labels_skipped: skipped,
            annotations: annotations.into_iter().map(AnnotationRow::from).collect(),
        }
    }
}

impl From<Annotation> for AnnotationRow {
    fn from(annotation: Annotation) -> Self {
        let Annotation { entry, number, area: [x, y, width, height] } = annotation;
        let (reference, role, name) = (entry.reference, entry.role, entry.name);
        Self { reference, number, role, name, r#box: BoxRow { x, y, width, height } }
    }
}

/// Writes a picture down and yields its path.
pub(super) async fn keep(tab: &Tab, picture: &Picture) -> Result<String, Error> {
    let path = tab.media.keep(&picture.bytes, picture.picture_type.extension()).await;
    let path =
        path.map_err(|e| Error::new(Code::Internal, format!("the picture could not be written: {e}")))?;
    Ok(path.display().to_string())
}
