//! Who else believes to own an object: a controller that will put it back as git has it.

use kube::api::ObjectMeta;

/// Signs of a controller: labels and annotations by the beginning of their names.
/// Argo CD: <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>; Flux:
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control>.
const MARKS: [(&str, &str); 4] = [
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
];
/// Names that controllers sign their fields with.
const MANAGERS: [(&str, &str); 4] = [
    ("argocd-controller", "Argo CD"),
    ("argocd-application-controller", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
];
/// What makes Flux leave an object alone:
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources>.
const FLUX_OFF: (&str, &str) = ("kustomize.toolkit.fluxcd.io/reconcile", "disabled");

/// The controller that will undo a change to what git describes, and what it calls the owner.
pub(super) fn owner(object: &ObjectMeta) -> Option<String> {
    let (labels, annotations) = (object.labels.as_ref(), object.annotations.as_ref());
    let value = |name: &str| {
        let of = |all: Option<&std::collections::BTreeMap<String, String>>| all?.get(name).cloned();
        of(annotations).or_else(|| of(labels))
    };
    let is_off = value(FLUX_OFF.0).is_some_and(|value| value == FLUX_OFF.1);
    let by_mark = || {
        let mark = |(name, who): &(&str, &str)| Some(format!("{who} ({})", value(name)?));
        MARKS.iter().find_map(mark)
    };
    let by_manager = || {
        let fields = object.managed_fields.iter().flatten();
        let mut names = fields.filter_map(|field| field.manager.as_deref());
        names.find_map(|name| {
            let (_, who) = MANAGERS.iter().find(|(manager, _)| *manager == name)?;
            Some((*who).to_owned())
        })
    };
    by_mark().or_else(by_manager).filter(|who| !(is_off && who.starts_with("Flux")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(meta: serde_json::Value) -> Option<String> {
        owner(&serde_json::from_value(meta).unwrap())
    }

    #[test]
    fn controllers_are_known_by_their_marks_and_their_fields() {
        let argo = json!({ "annotations": { "argocd.argoproj.io/tracking-id": "shop:apps/x" } });
        assert_eq!(seen(argo).as_deref(), Some("Argo CD (shop:apps/x)"));
        let flux = json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "apps" } });
        assert_eq!(seen(flux).as_deref(), Some("Flux (apps)"));
        let fields = json!({ "managedFields": [{ "manager": "kubectl" }, { "manager": "helm-controller" }] });
        assert_eq!(seen(fields).as_deref(), Some("Flux"));
        // Helm sets this label too: alone it shows nothing.
        assert_eq!(seen(json!({ "labels": { "app.kubernetes.io/instance": "shop" } })), None);
        let off = json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "apps" },
                          "annotations": { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } });
        assert_eq!(seen(off), None);
    }
}
