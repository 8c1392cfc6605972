//! Look: loads the models that a plan names, and makes the sessions of the inference threads.

use crate::config::plan::{ModelChoice, ModelsPlan};
use crate::infer::{MakeSessions, Sessions};
use models::{DetectorModel, EmbedderModel, Manifest, ModelError, PoserModel, Weights, Zoo};
use schemas::ModelId;
use schemas::contract::{Crops, InferenceFault};
use std::path::Path;
use std::sync::Arc;

/// The models of a run, loaded and checked.
#[derive(Clone)]
pub struct Models {
    detector: Arc<DetectorModel>,
    poser: Option<Arc<PoserModel>>,
    embedder: Option<Arc<EmbedderModel>>,
}

impl Models {
    /// Loads what `plan` names: digests, shapes and types are checked here, before the first frame. Weights of zoo entries lie in
    /// `weights`, those of other manifests beside them.
    pub fn load(plan: &ModelsPlan, weights: &Path) -> Result<Self, ModelError> {
        let zoo = Zoo::new(weights);
        let (manifest, weights) = find(&zoo, &plan.detector)?;
        let detector = DetectorModel::load(&manifest, &weights)?;
        let poser = plan.poser.as_ref().map(|choice| {
            let (manifest, weights) = find(&zoo, choice)?;
            PoserModel::load(&manifest, &weights)
        });
        let embedder = plan.embedder.as_ref().map(|choice| {
            let (manifest, weights) = find(&zoo, choice)?;
            EmbedderModel::load(&manifest, &weights)
        });
        Ok(Self { detector, poser: poser.transpose()?, embedder: embedder.transpose()? })
    }

    /// The model that finds people: what stands on rows.
    pub fn detector_id(&self) -> ModelId {
        self.detector.model_id()
    }

    /// The labels of all models, the detector's first.
    pub fn labels(&self) -> Vec<(ModelId, String)> {
        let mut labels = vec![(self.detector.model_id(), self.detector.label().to_string())];
        labels.extend(self.poser.iter().map(|m| (m.model_id(), m.label().to_string())));
        labels.extend(self.embedder.iter().map(|m| (m.model_id(), m.label().to_string())));
        labels
    }

    /// Whether people are cut out of the picture in source size.
    pub fn wants_full(&self) -> bool {
        self.poser.is_some() || self.embedder.is_some()
    }

    /// Whether there is a pose model.
    pub fn has_poser(&self) -> bool {
        self.poser.is_some()
    }

    /// Whether there is a re-identification model.
    pub fn has_embedder(&self) -> bool {
        self.embedder.is_some()
    }

    /// The size to which the detector wants a source of `width x height` pixels scaled.
    pub fn scaled_size(&self, width: u32, height: u32) -> (u32, u32) {
        self.detector.scaled_size(width, height)
    }

    /// What makes the sessions of one inference thread. A session that cannot be made answers every job with a fault.
    pub fn sessions(&self) -> MakeSessions {
        let models = self.clone();
        Arc::new(move || {
            let mut detect = models.detector.session();
            let label = models.detector.label().to_string();
            let detect: crate::infer::Session<_, _> = Box::new(move |frame| match &mut detect {
                Ok(session) => session.detect(frame),
                Err(error) => Err(broken(&label, error)),
            });
            let pose = models.poser.as_ref().map(|model| {
                let (mut session, label) = (model.session(), model.label().to_string());
                let pose: crate::infer::Session<Crops, _> = Box::new(move |crops| match &mut session {
                    Ok(session) => session.pose(crops),
                    Err(error) => Err(broken(&label, error)),
                });
                pose
            });
            let embed = models.embedder.as_ref().map(|model| {
                let (mut session, label) = (model.session(), model.label().to_string());
                let embed: crate::infer::Session<Crops, _> = Box::new(move |crops| match &mut session {
                    Ok(session) => session.embed(crops),
                    Err(error) => Err(broken(&label, error)),
                });
                embed
            });
            Sessions { detect, pose, embed }
        })
    }
}

fn find(zoo: &Zoo, choice: &ModelChoice) -> Result<(Manifest, Weights), ModelError> {
    match choice {
        ModelChoice::Zoo(name) => zoo.entry(name),
        ModelChoice::Manifest(path) => Manifest::read(path),
    }
}

fn broken(model: &str, error: &ModelError) -> InferenceFault {
    InferenceFault { model: model.to_string(), reason: error.to_string() }
}
