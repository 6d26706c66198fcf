//! Multi-partner solutions: several partners serve one customer.
//!
//! <https://developers.facebook.com/docs/whatsapp/solution-providers/multi-partner-solutions>

use serde_json::Value;

use crate::graph::access::GrantedToken;
use crate::graph::account::Account;
use crate::graph::answer::Named;
use crate::id::{AppId, BusinessAccountId, BusinessId, SolutionId};
use crate::open::{Text, open_structs};

endpoints! {
    /// Proposes a solution to a partner.
    POST CreateSolution "{app_id}/whatsapp_business_solution" -> SolutionMade {
        path { app_id: AppId }
        body {
            solution_name: String,
            partner_app_id: AppId,
            owner_permissions: Vec<String>,
            partner_permissions: Vec<String>,
        }
    }

    /// One solution.
    GET GetSolution "{solution_id}" -> Solution {
        path { solution_id: SolutionId }
        query_optional { fields: String }
    }

    /// A partner agrees.
    POST(repeatable) AcceptSolution "{solution_id}/accept" -> SolutionDecision {
        path { solution_id: SolutionId }
        body { partner_app_id: AppId }
        body_optional { log_session_id: String }
    }

    /// A partner declines.
    POST(repeatable) RejectSolution "{solution_id}/reject" -> SolutionDecision {
        path { solution_id: SolutionId }
        body {
            /// `PARTNERSHIP_REQUEST` or `DEACTIVATION_REQUEST`.
            request_type: String
        }
        body_optional {
            rejection_reason: String,
            partner_app_id: AppId,
        }
    }

    /// Asks the partner to end the solution.
    POST RequestSolutionDeactivation "{solution_id}/send_deactivation_request" -> SolutionDecision {
        path { solution_id: SolutionId }
        body_optional { reason: String }
    }

    /// Agrees to end it.
    POST(repeatable) AcceptSolutionDeactivation "{solution_id}/accept_deactivation_request" -> Solution {
        path { solution_id: SolutionId }
        query_optional { fields: String }
    }

    /// Declines to end it.
    POST(repeatable) RejectSolutionDeactivation "{solution_id}/reject_deactivation_request" -> Solution {
        path { solution_id: SolutionId }
        query_optional { fields: String }
        body { reject_deactivation_request: bool }
    }

    /// A token for a customer's business under the solution.
    GET GetSolutionToken "{solution_id}/access_token" -> GrantedToken {
        path { solution_id: SolutionId }
        query { business_id: BusinessId }
    }

    /// Begins moving an account to another solution.
    POST SetSolutionMigrationIntent "{business_account_id}/set_solution_migration_intent" -> Intent {
        path { business_account_id: BusinessAccountId }
        body { solution_id: SolutionId }
        body_optional {
            migration_intent: String,
            target_solution_id: SolutionId,
            migration_reason: String,
            scheduled_migration_time: String,
        }
    }

    /// How that stands.
    GET GetMigrationIntent "{migration_intent_id}" -> Intent {
        path { migration_intent_id: String }
        query_optional { fields: String }
    }

    /// Begins moving an account from acting on behalf to being shared.
    POST CreateMobilityIntent "{business_account_id}/obo_mobility_intent" -> Intent {
        path { business_account_id: BusinessAccountId }
        body {
            solution_id: SolutionId,
            intent_type: String,
        }
        body_optional {
            target_solution_id: SolutionId,
            mobility_reason: String,
            scheduled_execution_time: String,
            metadata: Value,
        }
    }

    /// The same, as Meta's other page has it.
    POST SetMobilityIntent "{business_account_id}/set_obo_mobility_intent" -> Intent {
        path { business_account_id: BusinessAccountId }
        body { waba_id: BusinessAccountId }
        body_optional {
            solution_id: SolutionId,
            app_id: AppId,
            actor_id: String,
            client_mutation_id: String,
        }
    }

    /// How that stands.
    GET GetMobilityIntent "{mobility_intent_id}" -> MobilityIntent {
        path { mobility_intent_id: String }
        query_optional { fields: String }
    }
}

pages! {
    /// The solutions of an app.
    ListAppSolutions "{app_id}/whatsapp_business_solutions" -> Solution {
        path { app_id: AppId }
        query_optional {
            /// `OWNER` or `PARTNER`.
            role: String,
        }
    }

    /// The solutions that serve an account.
    ListSolutions "{business_account_id}/solutions" -> Solution {
        path { business_account_id: BusinessAccountId }
    }

    /// Requests to act on the account's behalf that are under way.
    ListOnBehalfRequests "{business_account_id}/in_progress_onbehalf_request" -> OnBehalfRequest {
        path { business_account_id: BusinessAccountId }
    }
}

open_structs! {
    /// A solution that was proposed.
    SolutionMade {
        solution_id: SolutionId,
    }

    /// A solution.
    Solution {
        id: SolutionId,
        name: Text,
        status: Text,
        status_for_pending_request: Text,
        owner_app: Named,
        owner_permissions: Vec<Text>,
    }

    /// What was decided.
    SolutionDecision {
        success: bool,
        solution_id: SolutionId,
        partner_status: Text,
        message: Text,
        update_time: Text,
        rejected_request_type: Text,
        rejection_timestamp: Text,
        partner_app_id: AppId,
        request_id: Text,
    }

    /// A move that was begun, or how it stands.
    Intent {
        id: Text,
        success: bool,
        status: Text,
        intent_id: Text,
        migration_intent_id: Text,
        mobility_intent_id: Text,
        estimated_completion_time: Text,
        approval_required: bool,
        next_steps: Vec<Text>,
        client_mutation_id: Text,
        error_msg: Text,
    }

    /// A move from acting on behalf.
    MobilityIntent {
        id: Text,
        waba: Account,
        solution: Solution,
        status: Text,
        created_time: Text,
        updated_time: Text,
    }

    /// A request to act on behalf.
    OnBehalfRequest {
        id: Text,
        status: Text,
        business_owned_object: Text,
        receiving_business: Named,
        requesting_business: Named,
    }
}
