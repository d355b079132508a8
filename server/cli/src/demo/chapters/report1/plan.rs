//! The plan of the chapter, as `schemas/demo/report1.json` has it.

use serde::Deserialize;

/// How many persons, visits, places and sessions of what kind there are.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Plan {
    /// The day of every entry, ISO 8601.
    pub(super) filled_on: String,
    /// Registered poor persons, each with a contract.
    pub(super) registered_persons: u64,
    pub(super) signing_day: SigningDay,
    /// Registered persons who were settled and had benefits raised.
    pub(super) patients: u64,
    pub(super) one_stop_settlements: u64,
    pub(super) uplifts: Uplifts,
    /// Of the patients, those with a major disease.
    pub(super) major_patients: u64,
    pub(super) dialysis: Dialysis,
    pub(super) key_chronic: Chronic,
    pub(super) smd: Smd,
    pub(super) places: Places,
    pub(super) equipment: Machines,
    pub(super) staff: Staff,
    pub(super) services: Services,
    pub(super) staff_training: Training,
    pub(super) free_clinic: FreeClinic,
    /// Booklets given in all villages.
    pub(super) booklets: u64,
}

/// The day on which a township signed contracts at a free clinic.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct SigningDay {
    pub(super) households: u64,
    pub(super) persons: u64,
    pub(super) date: String,
}

/// Raised benefits.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Uplifts {
    pub(super) visits: u64,
    pub(super) basic_yuan: u64,
    pub(super) major_yuan: u64,
    pub(super) aid_yuan: u64,
}

/// Patients with end-stage renal disease.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Dialysis {
    pub(super) patients: u64,
    pub(super) sessions: u64,
    /// Settlements of dialysis for each.
    pub(super) bills_each: u64,
}

/// Key chronic patients.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Chronic {
    pub(super) patients: u64,
    /// Of them, those who were not visited often enough.
    pub(super) overdue: u64,
}

/// Persons with severe mental disorder, outside the registered poor.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Smd {
    pub(super) patients: u64,
    pub(super) managed: u64,
}

/// Hospitals and clinics.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Places {
    pub(super) hospitals_rebuilt: u64,
    pub(super) poor_villages: u64,
    /// Villages, not poor, without a clinic of their own.
    pub(super) villages_without_clinic: u64,
    pub(super) clinic_equipment_yuan: u64,
}

/// Machines of the county hospital.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Machines {
    pub(super) hemodialysis: u64,
    pub(super) hemodiafiltration: u64,
    pub(super) water_treatment: u64,
}

/// Staff that came.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Staff {
    pub(super) dialysis_doctors: u64,
    pub(super) dialysis_nurses: u64,
    pub(super) order_in_training: u64,
    /// Finished, not on post.
    pub(super) order_waiting: u64,
    pub(super) order_on_post: u64,
    pub(super) recruited: u64,
}

/// What posted experts brought about; all of it "over".
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Services {
    pub(super) daily_outpatients: u64,
    pub(super) tcm_visits: u64,
    pub(super) tcm_income_yuan: u64,
}

/// Training of health staff.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Training {
    pub(super) sessions: u64,
    pub(super) visits: u64,
}

/// Free clinics: so many rounds through the poor villages.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct FreeClinic {
    pub(super) rounds: u64,
    pub(super) hospitals: u64,
    pub(super) visits: u64,
    pub(super) drugs_yuan: u64,
}
