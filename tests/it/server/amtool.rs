//! The real `amtool` against the server.

use crate::world::amtool::Amtool;
use crate::world::process::installed;

use super::lab::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn amtool_drives_alerts_and_silences() {
    if !installed("amtool") {
        return;
    }
    let (lab, folder) = (Lab::start().await, tempfile::tempdir().unwrap());
    let amtool = Amtool::new(&lab.url(""), folder.path());
    amtool.run(&["alert", "add", "DiskFull", "instance=db-1", "--annotation=summary=by amtool"]);
    assert_eq!(
        amtool.json(&["alert", "query", "instance=~db-.*"])[0]["labels"]["alertname"],
        "DiskFull"
    );

    let add =
        ["silence", "add", "alertname=Nothing", "-c", "maintenance", "-a", "ana", "-d", "30m"];
    let id = amtool.run(&add).trim().to_owned();
    assert_eq!(amtool.json(&["silence", "query"])[0]["id"], id.as_str());
    let same = amtool.run(&["silence", "update", "-q", "-d", "2h", "-c", "longer", &id]);
    assert_eq!(same.trim(), id, "a longer silence keeps its id");
    assert_eq!(amtool.json(&["silence", "query"])[0]["comment"], "longer");

    let exported = amtool.run(&["silence", "query", "-o", "json"]);
    amtool.run(&["silence", "expire", &id]);
    assert_eq!(amtool.json(&["silence", "query"]).as_array().map_or(0, Vec::len), 0);
    let file = folder.path().join("silences.json");
    std::fs::write(&file, exported.replace(&format!("\"id\":\"{id}\","), "")).unwrap();
    amtool.run(&["silence", "import", &file.display().to_string()]);
    assert_eq!(amtool.json(&["silence", "query"])[0]["comment"], "longer");

    let complaint = amtool.fails(&["silence", "add", "a=~(", "-c", "c", "-a", "a"]);
    assert!(complaint.contains("regex") || complaint.contains("regexp"), "{complaint}");
    assert!(amtool.run(&["config", "show"]).contains("route:"));
    assert!(amtool.run(&["cluster", "show"]).contains("disabled"));
}
