//! By which contact points stand-ins are told: all that they have confirmed, whatever they watch themselves.

use super::{Companies, Reach};
use crate::{Result, Tx, text::Word};
use bevaka_domain::{contact::Address, ids::UserId, language::Language, watch::Channel};
use std::collections::HashSet;
use uuid::Uuid;

statements! {
    both CONFIRMED = "
        SELECT c.id, c.channel, c.address, u.language FROM contact_points c JOIN users u ON u.id = c.user_id
        WHERE c.user_id = $1 AND c.verified_at IS NOT NULL ORDER BY c.id";
}

/// Adds the contact points of those who stand in for somebody. Hardly any watch names a stand-in, and without one
/// nothing is asked.
pub(super) async fn load(tx: &mut Tx, companies: &mut Companies) -> Result<()> {
    for company in companies.values_mut() {
        let named = |user: &bevaka_domain::entitlement::UserStanding| {
            user.settings.as_deref().and_then(|settings| settings.stand_in).map(|stand_in| stand_in.user)
        };
        let stand_ins: HashSet<UserId> = company.standing.users.iter().filter_map(named).collect();
        for user in company.standing.users.iter_mut().filter(|user| stand_ins.contains(&user.id)) {
            for (id, Word(channel), address, language) in
                fetch_all!(&mut *tx, (Uuid, Word<Channel>, String, String), CONFIRMED, user.id.0)?
            {
                let language: Language = language.parse().unwrap_or_default();
                let address = Address::from_storage(channel, address);
                let reach = Reach { address, language, by_own_watch: false };
                company.reach.entry(id.into()).or_insert(reach);
                user.spare.push((channel, id.into()));
            }
        }
    }
    Ok(())
}
