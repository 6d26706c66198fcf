//! What Meta says of a business account, its numbers and its flows: each a whole `value`.

use serde_json::Number;

use super::open::{Extra, Text, open_enums, open_structs};
use crate::id::{BusinessAccountId, FlowId, PhoneNumberId};
use crate::time::Timestamp;

open_structs! {
    /// `account_update`: `event` says which of the others is there.
    AccountUpdate {
        phone_number: Text,
        event: AccountEvent,
        ban_info: BanInfo,
        violation_info: ViolationInfo,
        restriction_info: Vec<RestrictionInfo>,
        waba_info: BusinessAccountInfo,
        partner_client_certification_info: CertificationInfo,
        auth_international_rate_eligibility: RateEligibility,
        volume_tier_info: VolumeTierInfo,
        disconnection_info: DisconnectionInfo,
        country: Text,
    }

    /// Whether the account is banned, and since when.
    BanInfo {
        waba_ban_state: Text,
        waba_ban_date: Text,
    }

    /// What was violated.
    ViolationInfo {
        violation_type: Text,
        remediation: Text,
    }

    /// What the account may not do, and until when.
    RestrictionInfo {
        restriction_type: Text,
        expiration: Timestamp,
        remediation: Text,
    }

    /// Which account, and who owns and serves it.
    BusinessAccountInfo {
        waba_id: BusinessAccountId,
        owner_business_id: Text,
        partner_app_id: Text,
        solution_id: Text,
        solution_partner_business_ids: Vec<Text>,
        ad_account_id: Text,
        ad_account_linked: Text,
    }

    /// A partner's client's certification.
    CertificationInfo {
        client_business_id: Text,
        status: Text,
        rejection_reasons: Vec<Text>,
    }

    /// From when international authentication rates apply.
    RateEligibility {
        start_time: Timestamp,
        exception_countries: Vec<CountryRate>,
    }

    /// A country with its own date.
    CountryRate {
        country_code: Text,
        start_time: Timestamp,
    }

    /// The tier of volume the account has reached.
    VolumeTierInfo {
        tier_update_time: Timestamp,
        pricing_category: Text,
        tier: Text,
        effective_month: Text,
        region: Text,
    }

    /// Why a phone's connection ended (coexistence).
    DisconnectionInfo {
        reason: Text,
        initiated_by: Text,
    }

    /// `account_alerts`.
    AccountAlert {
        entity_type: Text,
        entity_id: Text,
        alert_info: AlertInfo,
    }

    /// What Meta warns of.
    AlertInfo {
        alert_severity: Text,
        alert_status: Text,
        alert_type: Text,
        alert_description: Text,
    }

    /// `account_review_update`.
    AccountReview {
        decision: Text,
    }

    /// `account_settings_update`.
    AccountSettings {
        #[serde(rename = "type")]
        kind: Text,
        phone_number_settings: PhoneNumberSettings,
        timestamp: Timestamp,
    }

    /// A number's settings, as the settings endpoint has them.
    PhoneNumberSettings {
        phone_number_id: PhoneNumberId,
        calling: Extra,
    }

    /// `business_capability_update`. Limits are numbers in some places, `TIER_…` in others.
    BusinessCapability {
        max_daily_conversations_per_business: Text,
        max_daily_conversation_per_phone: Text,
        max_phone_numbers_per_business: Text,
        max_phone_numbers_per_waba: Text,
    }

    /// `phone_number_name_update`.
    PhoneNumberName {
        display_phone_number: Text,
        decision: Text,
        requested_verified_name: Text,
        rejection_reason: Text,
    }

    /// `phone_number_quality_update`.
    PhoneNumberQuality {
        display_phone_number: Text,
        event: Text,
        current_limit: Text,
        old_limit: Text,
        max_daily_conversations_per_business: Text,
    }

    /// `security`.
    Security {
        display_phone_number: Text,
        event: Text,
        requester: Text,
    }

    /// `business_username_update`.
    BusinessUsername {
        display_phone_number: Text,
        username: Text,
        status: Text,
    }

    /// `flows`: `event` says which of the others is there.
    FlowUpdate {
        event: FlowEvent,
        message: Text,
        flow_id: FlowId,
        old_status: Text,
        new_status: Text,
        error_rate: Number,
        threshold: Number,
        alert_state: Text,
        errors: Vec<FlowErrors>,
        p50_latency: Number,
        p90_latency: Number,
        requests_count: Number,
        availability: Number,
        warning: Text,
    }

    /// One kind of a flow's errors.
    FlowErrors {
        error_type: Text,
        error_rate: Number,
        error_count: Number,
    }

    /// `partner_solutions`.
    PartnerSolution {
        event: Text,
        solution_id: Text,
        solution_status: Text,
    }

    /// `payment_configuration_update`.
    PaymentConfiguration {
        configuration_name: Text,
        provider_name: Text,
        provider_mid: Text,
        status: Text,
        created_timestamp: Timestamp,
        updated_timestamp: Timestamp,
    }
}

open_enums! {
    /// What happened to an account.
    AccountEvent {
        AccountDeleted = "ACCOUNT_DELETED",
        AccountViolation = "ACCOUNT_VIOLATION",
        AccountRestriction = "ACCOUNT_RESTRICTION",
        DisabledUpdate = "DISABLED_UPDATE",
        VerifiedAccount = "VERIFIED_ACCOUNT",
        AdAccountLinked = "AD_ACCOUNT_LINKED",
        MmLiteTermsSigned = "MM_LITE_TERMS_SIGNED",
        AuthIntlPriceEligibilityUpdate = "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
        BusinessPrimaryLocationCountryUpdate = "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
        PartnerAdded = "PARTNER_ADDED",
        PartnerRemoved = "PARTNER_REMOVED",
        PartnerAppInstalled = "PARTNER_APP_INSTALLED",
        PartnerAppUninstalled = "PARTNER_APP_UNINSTALLED",
        PartnerClientCertificationStatusUpdate = "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
        VolumeBasedPricingTierUpdate = "VOLUME_BASED_PRICING_TIER_UPDATE",
        AccountOffboarded = "ACCOUNT_OFFBOARDED",
        AccountReconnected = "ACCOUNT_RECONNECTED",
    }

    /// What happened to a flow.
    FlowEvent {
        StatusChange = "FLOW_STATUS_CHANGE",
        ClientErrorRate = "CLIENT_ERROR_RATE",
        EndpointErrorRate = "ENDPOINT_ERROR_RATE",
        EndpointLatency = "ENDPOINT_LATENCY",
        EndpointAvailability = "ENDPOINT_AVAILABILITY",
        VersionExpiryWarning = "FLOW_VERSION_EXPIRY_WARNING",
    }
}
