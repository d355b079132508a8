//! Who may do what. A role says which actions; the areas of its grants say where.

use std::fmt;
use std::str::FromStr;

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Fills forms.
    Enumerator,
    /// Reviews what was filled.
    Supervisor,
    /// Keeps areas, accounts and forms.
    Admin,
}

/// What a role may be asked to do over the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See areas, forms and records of the own scope.
    Look,
    /// Approve, send back, not accept; merge and dismiss duplicates.
    Review,
    /// Read the dataset and its reports.
    Count,
    /// Invite, list and revoke phones, list accounts.
    Manage,
    /// Add accounts.
    AddUsers,
    /// Import areas, publish forms.
    Configure,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 3] = [Role::Enumerator, Role::Supervisor, Role::Admin];

    /// The stable word: `enumerator`, `supervisor`, `admin`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Enumerator => "enumerator",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }

    /// The word on Chinese screens.
    pub fn name_zh(self) -> &'static str {
        match self {
            Role::Enumerator => "调查员",
            Role::Supervisor => "审核员",
            Role::Admin => "管理员",
        }
    }

    /// The policy, whole.
    pub fn may(self, action: Action) -> bool {
        match action {
            Action::Look => true,
            Action::Review | Action::Count | Action::Manage => self != Role::Enumerator,
            Action::AddUsers | Action::Configure => self == Role::Admin,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Role, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_as_a_table() {
        use Action::*;
        let table = [
            (Role::Enumerator, vec![Look]),
            (Role::Supervisor, vec![Look, Review, Count, Manage]),
            (Role::Admin, vec![Look, Review, Count, Manage, AddUsers, Configure]),
        ];
        for (role, allowed) in table {
            for action in [Look, Review, Count, Manage, AddUsers, Configure] {
                assert_eq!(role.may(action), allowed.contains(&action), "{role} {action:?}");
            }
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
