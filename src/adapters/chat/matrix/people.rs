//! Finding somebody by a name or a mail address, for a person to confirm.

use reqwest::Method;

use super::api::text;
use super::platform::Matrix;
use crate::adapters::chat::platform::Speaker;
use crate::adapters::failure::Failure;

impl Matrix {
    /// A user name is looked up as a profile. A mail address only the administrator of a Synapse
    /// may ask for; who may not finds nobody.
    pub(super) async fn find_person(&self, name: &str) -> Result<Option<Speaker>, Failure> {
        let me = self.server.me().await?;
        let id = if name.starts_with('@') && name.contains(':') {
            Some(name.to_owned())
        } else if name.trim_start_matches('@').contains('@') {
            self.by_mail(name).await?
        } else {
            Some(format!("@{}:{}", name.trim_start_matches('@').to_lowercase(), me.server))
        };
        let Some(id) = id else { return Ok(None) };
        match self.server.get(&["v3", "profile", &id]).await {
            Ok(profile) => {
                let mut found = self.speaker(&id, me, false);
                let name = text(&profile, "displayname");
                if !name.is_empty() {
                    found.name = crate::adapters::chat::words::visible(name);
                }
                Ok(Some(found))
            }
            // Homeservers have several ways to say that nobody is called so.
            Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// <https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html>.
    async fn by_mail(&self, mail: &str) -> Result<Option<String>, Failure> {
        let path = ["_synapse", "admin", "v1", "threepid", "email", "users", mail];
        match self.server.send(self.server.request_to(Method::GET, &path)).await {
            Ok(answer) => Ok(Some(text(&answer, "user_id").to_owned())),
            Err(fault) if matches!(fault.failure, Failure::Retry { .. }) => Err(fault.into()),
            Err(_) => Ok(None),
        }
    }
}
