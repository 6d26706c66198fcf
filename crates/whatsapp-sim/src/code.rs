//! Meta's error codes. Titles are Meta's; add a code by adding its row.

/// (code, HTTP status, title)
const CODES: &[(i64, u16, &str)] = &[
    (0, 401, "AuthException"),
    (1, 500, "API Unknown"),
    (2, 503, "API Service"),
    (3, 500, "API Method"),
    (4, 400, "API Too Many Calls"),
    (10, 403, "Permission Denied"),
    (
        15,
        400,
        "This method must be called with an app access_token",
    ),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Access token has expired"),
    (200, 403, "Permissions error"),
    (368, 403, "Temporarily blocked for policies violations"),
    (613, 400, "Calls to this api have exceeded the rate limit"),
    (2200, 400, "Callback verification failed"),
    (2500, 400, "Unknown path components"),
    (80_007, 400, "Rate limit issues"),
    (130_429, 400, "Rate limit hit"),
    (130_472, 400, "User's number is part of an experiment"),
    (
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
    ),
    (131_000, 500, "Something went wrong"),
    (131_005, 403, "Access denied"),
    (131_008, 400, "Required parameter is missing"),
    (131_009, 400, "Parameter value is not valid"),
    (131_016, 503, "Service unavailable"),
    (131_021, 400, "Recipient cannot be sender"),
    (131_026, 400, "Message undeliverable"),
    (131_030, 400, "Recipient phone number not in allowed list"),
    (131_031, 403, "Account has been locked"),
    (131_042, 400, "Business eligibility payment issue"),
    (131_045, 500, "Incorrect certificate"),
    (131_047, 400, "Re-engagement message"),
    (131_048, 400, "Spam rate limit hit"),
    (131_049, 400, "Meta chose not to deliver"),
    (
        131_050,
        400,
        "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages",
    ),
    (131_051, 400, "Unsupported message type"),
    (131_052, 400, "Media download error"),
    (131_053, 400, "Media upload error"),
    (
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
    ),
    (131_057, 500, "Account in maintenance mode"),
    (131_059, 400, "Invalid cursor"),
    (
        131_062,
        400,
        "Business-scoped user IDs are not supported for this message",
    ),
    (132_000, 400, "Template param count mismatch"),
    (132_001, 404, "Template does not exist"),
    (132_005, 400, "Template hydrated text too long"),
    (132_007, 400, "Template format character policy violated"),
    (132_012, 400, "Template parameter format mismatch"),
    (132_015, 400, "Template is paused"),
    (132_016, 400, "Template is disabled"),
    (133_005, 400, "Two step verification PIN Mismatch"),
    (133_004, 503, "Server Temporarily Unavailable"),
    (133_006, 400, "Phone number re-verification needed"),
    (133_010, 400, "Phone number not registered"),
    (
        133_016,
        400,
        "Account register deregister rate limit exceeded",
    ),
    (136_024, 400, "Request code error"),
    (136_025, 400, "Verify code error"),
    (137_000, 400, "Recipient identity key hash mismatch"),
    (138_000, 400, "Calling not enabled"),
    (131_200, 400, "Group limit reached"),
    (131_204, 400, "Group participant limit reached"),
    (138_006, 400, "No approved call permission found"),
    (138_012, 400, "Business-initiated calls limit reached"),
    (139_000, 400, "Blocked by Integrity"),
    (139_001, 400, "Flow can't be updated"),
    (139_002, 400, "Flow can't be published"),
    (139_003, 400, "Flow can't be deprecated"),
    (139_004, 400, "Flow can't be deleted"),
    (139_100, 400, "Failed to block/unblock users"),
    (139_101, 400, "Blocklist limit reached"),
    (147_001, 400, "Username is not valid"),
    (147_002, 400, "Username is not available"),
    (200_005, 400, "Template Insights is not available yet"),
    (2_388_019, 400, "Message Template Limit exceeded"),
    (2_593_107, 400, "Synchronization request limit exceeded"),
    (
        2_593_108,
        400,
        "Synchronization request made outside of allowed time window",
    ),
];

/// The HTTP status that comes with a code; 400 for one that is not known.
pub(crate) fn http_status(code: i64) -> u16 {
    row(code).map_or(400, |(_, status, _)| *status)
}

/// Meta's title for a code.
pub(crate) fn title(code: i64) -> &'static str {
    row(code).map_or("Unknown error", |(.., title)| title)
}

fn row(code: i64) -> Option<&'static (i64, u16, &'static str)> {
    CODES.iter().find(|(known, ..)| *known == code)
}
