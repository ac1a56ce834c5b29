CREATE TABLE catalog_items (
    catalog_item_id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    code            TEXT NOT NULL,
    column_zh       TEXT NOT NULL,
    column_en       TEXT NOT NULL,
    name_zh         TEXT NOT NULL,
    name_en         TEXT NOT NULL,
    category        TEXT NOT NULL,
    skill           TEXT,
    automatic       BOOLEAN NOT NULL,
    risk_zh         TEXT,
    risk_en         TEXT,
    clock           JSONB,
    status          TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL,
    changed         BIGINT NOT NULL,
    UNIQUE (organization_id, code)
);
CREATE INDEX catalog_items_by_change ON catalog_items (changed);

-- One order for help. ancestor_1 … ancestor_5 are the organizations of its area
-- from the root downwards: a subtree is one column, so a list of a subtree is
-- one range of one index, however long the history. Dispatches, assignments and
-- evaluations bear the same columns as their demand.
--
-- Sealed (platform/vault), because it says who needs help, where he lives and what ails him:
-- recipient_name, recipient_phone, address, place (latitude and longitude), and the words
-- in which it is told: content, risk, reason. No statement needs any of them but to show it;
-- who is near is reckoned in memory. So are the words of other tables, for who writes why
-- he does not come, or how it was, writes of people and their health: the reasons of
-- dispatches, assignments and the journal, and the words of evaluations.
-- In clear, because lists and clocks run on it and it fits everybody of a village alike:
-- the organizations, the item of the menu, the skill, the time.
-- caller_index is the blind index of recipient_phone, and there only as long as the order is open
-- and waits for its caller to sign in: of all others nobody can see which have the same number.
CREATE TABLE demands (
    demand_id       UUID PRIMARY KEY,
    number          TEXT NOT NULL,
    county_id       UUID NOT NULL REFERENCES organizations (organization_id),
    ancestor_1      UUID,
    ancestor_2      UUID,
    ancestor_3      UUID,
    ancestor_4      UUID,
    ancestor_5      UUID,
    area_id         UUID NOT NULL REFERENCES organizations (organization_id),
    responsible_id  UUID NOT NULL REFERENCES organizations (organization_id),
    escalations     BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('submitted', 'refused', 'verified', 'dispatched', 'accepted', 'in_service',
                        'served', 'evaluated', 'closed', 'unfilled', 'cancelled', 'transferred')),
    channel         TEXT NOT NULL CHECK (channel IN ('app', 'mini_program', 'web', 'tv', 'hotline', 'counter', 'meeting', 'patrol')),
    requester_id    UUID REFERENCES accounts (account_id),
    placed_by       UUID NOT NULL REFERENCES accounts (account_id),
    relation        TEXT NOT NULL,
    recipient_name  TEXT NOT NULL,
    recipient_phone TEXT NOT NULL,
    catalog_item_id UUID REFERENCES catalog_items (catalog_item_id),
    content         TEXT NOT NULL,
    skill           TEXT,
    people          BIGINT NOT NULL,
    urgency         TEXT NOT NULL CHECK (urgency IN ('normal', 'urgent')),
    risk            TEXT NOT NULL,
    address         TEXT NOT NULL,
    place           TEXT NOT NULL,
    caller_index    TEXT,
    wanted_from     TIMESTAMPTZ,
    wanted_until    TIMESTAMPTZ,
    automatic       BOOLEAN NOT NULL,
    rule_id         UUID,
    respond_by      TIMESTAMPTZ,
    retry_at        TIMESTAMPTZ,
    overdue         BOOLEAN NOT NULL,
    handle_by       TIMESTAMPTZ,
    evaluate_by     TIMESTAMPTZ,
    due_at          TIMESTAMPTZ,
    due_kind        TEXT,
    desk_at         TIMESTAMPTZ,
    paused_at       TIMESTAMPTZ,
    dispatch_id     UUID,
    team_id         UUID,
    closing         TEXT,
    reason          TEXT,
    unfilled_reasons JSONB,
    rounds          BIGINT NOT NULL,
    placed_at       TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE INDEX demands_by_ancestor_1 ON demands (ancestor_1, placed_at, demand_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX demands_by_ancestor_1_and_state ON demands (ancestor_1, state, placed_at, demand_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX demands_by_ancestor_2 ON demands (ancestor_2, placed_at, demand_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX demands_by_ancestor_2_and_state ON demands (ancestor_2, state, placed_at, demand_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX demands_by_ancestor_3 ON demands (ancestor_3, placed_at, demand_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX demands_by_ancestor_3_and_state ON demands (ancestor_3, state, placed_at, demand_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX demands_by_ancestor_4 ON demands (ancestor_4, placed_at, demand_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX demands_by_ancestor_4_and_state ON demands (ancestor_4, state, placed_at, demand_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX demands_by_ancestor_5 ON demands (ancestor_5, placed_at, demand_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX demands_by_ancestor_5_and_state ON demands (ancestor_5, state, placed_at, demand_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX demands_by_responsible ON demands (responsible_id, placed_at, demand_id);
CREATE INDEX demands_by_responsible_and_state ON demands (responsible_id, state, placed_at, demand_id);
CREATE INDEX demands_by_requester ON demands (requester_id, placed_at, demand_id) WHERE requester_id IS NOT NULL;
CREATE INDEX demands_by_requester_and_state ON demands (requester_id, state, placed_at, demand_id) WHERE requester_id IS NOT NULL;
-- Open orders that a clerk took down for a caller, who has not signed in yet.
CREATE INDEX demands_unclaimed ON demands (caller_index, placed_at)
    WHERE caller_index IS NOT NULL AND state NOT IN ('refused', 'closed', 'cancelled', 'transferred');
-- What a desk has on its hands, in the order in which it is due.
CREATE INDEX demands_at_desk ON demands (responsible_id, desk_at, demand_id) WHERE desk_at IS NOT NULL;
-- What the clocks wait for: as long as there is open work, never as long as history.
CREATE INDEX demands_due ON demands (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE dispatches (
    dispatch_id     UUID PRIMARY KEY,
    demand_id       UUID NOT NULL REFERENCES demands (demand_id),
    county_id       UUID NOT NULL,
    ancestor_1      UUID,
    ancestor_2      UUID,
    ancestor_3      UUID,
    ancestor_4      UUID,
    ancestor_5      UUID,
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    kind            TEXT NOT NULL CHECK (kind IN ('offer', 'call')),
    state           TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'lapsed', 'withdrawn', 'completed')),
    places          BIGINT NOT NULL,
    taken           BIGINT NOT NULL,
    offered_by      UUID,
    round           BIGINT NOT NULL,
    distance_meters BIGINT,
    grounds         JSONB NOT NULL,
    respond_by      TIMESTAMPTZ NOT NULL,
    reason          TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE INDEX dispatches_by_demand ON dispatches (demand_id, created_at, dispatch_id);
CREATE INDEX dispatches_by_ancestor_1 ON dispatches (ancestor_1, created_at, dispatch_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_1_and_state ON dispatches (ancestor_1, state, created_at, dispatch_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_2 ON dispatches (ancestor_2, created_at, dispatch_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_2_and_state ON dispatches (ancestor_2, state, created_at, dispatch_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_3 ON dispatches (ancestor_3, created_at, dispatch_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_3_and_state ON dispatches (ancestor_3, state, created_at, dispatch_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_4 ON dispatches (ancestor_4, created_at, dispatch_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_4_and_state ON dispatches (ancestor_4, state, created_at, dispatch_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_5 ON dispatches (ancestor_5, created_at, dispatch_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX dispatches_by_ancestor_5_and_state ON dispatches (ancestor_5, state, created_at, dispatch_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX dispatches_by_organization ON dispatches (organization_id, created_at, dispatch_id);
CREATE INDEX dispatches_by_organization_and_state ON dispatches (organization_id, state, created_at, dispatch_id);
-- What volunteers look through for something to do: as long as there are open calls.
CREATE INDEX dispatches_calls ON dispatches (county_id, created_at, dispatch_id) WHERE kind = 'call' AND state IN ('offered', 'accepted');
CREATE INDEX dispatches_due ON dispatches (respond_by) WHERE state = 'offered';

CREATE TABLE assignments (
    assignment_id  UUID PRIMARY KEY,
    dispatch_id    UUID NOT NULL REFERENCES dispatches (dispatch_id),
    demand_id      UUID NOT NULL REFERENCES demands (demand_id),
    county_id      UUID NOT NULL,
    ancestor_1     UUID,
    ancestor_2     UUID,
    ancestor_3     UUID,
    ancestor_4     UUID,
    ancestor_5     UUID,
    volunteer_id   UUID NOT NULL REFERENCES volunteers (volunteer_id),
    volunteer_name TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'lapsed', 'dropped_out', 'released', 'on_site', 'done', 'forced_out')),
    busy_from      TIMESTAMPTZ NOT NULL,
    busy_until     TIMESTAMPTZ NOT NULL,
    offered_by     UUID,
    respond_by     TIMESTAMPTZ,
    come_by        TIMESTAMPTZ,
    checked_in_at  TIMESTAMPTZ,
    check_in       JSONB,
    checked_out_at TIMESTAMPTZ,
    check_out      JSONB,
    leave_by       TIMESTAMPTZ,
    reason         TEXT,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL,
    version        BIGINT NOT NULL,
    UNIQUE (dispatch_id, volunteer_id)
);
CREATE INDEX assignments_by_ancestor_1 ON assignments (ancestor_1, created_at, assignment_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_1_and_state ON assignments (ancestor_1, state, created_at, assignment_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_2 ON assignments (ancestor_2, created_at, assignment_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_2_and_state ON assignments (ancestor_2, state, created_at, assignment_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_3 ON assignments (ancestor_3, created_at, assignment_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_3_and_state ON assignments (ancestor_3, state, created_at, assignment_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_4 ON assignments (ancestor_4, created_at, assignment_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_4_and_state ON assignments (ancestor_4, state, created_at, assignment_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_5 ON assignments (ancestor_5, created_at, assignment_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX assignments_by_ancestor_5_and_state ON assignments (ancestor_5, state, created_at, assignment_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX assignments_by_volunteer ON assignments (volunteer_id, created_at, assignment_id);
CREATE INDEX assignments_by_volunteer_and_state ON assignments (volunteer_id, state, created_at, assignment_id);
CREATE INDEX assignments_busy ON assignments (volunteer_id, busy_until) WHERE state IN ('accepted', 'on_site');
CREATE INDEX assignments_unanswered ON assignments (respond_by) WHERE state = 'offered';
CREATE INDEX assignments_awaited ON assignments (come_by) WHERE state = 'accepted';
CREATE INDEX assignments_on_site ON assignments (leave_by) WHERE state = 'on_site';

-- Hours, append-only: a correction is a new row that names the one it replaces.
CREATE TABLE service_records (
    record_id     UUID PRIMARY KEY,
    assignment_id UUID NOT NULL UNIQUE REFERENCES assignments (assignment_id),
    demand_id     UUID NOT NULL,
    county_id     UUID NOT NULL,
    volunteer_id  UUID NOT NULL REFERENCES volunteers (volunteer_id),
    team_id       UUID NOT NULL,
    area_id       UUID NOT NULL,
    started_at    TIMESTAMPTZ NOT NULL,
    ended_at      TIMESTAMPTZ NOT NULL,
    minutes       BIGINT NOT NULL,
    provenance    TEXT NOT NULL CHECK (provenance IN ('checked_in', 'entered_by_leader', 'forced')),
    rule_id       UUID,
    recorded_by   UUID,
    created_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX service_records_by_volunteer ON service_records (volunteer_id, started_at, record_id);
CREATE INDEX service_records_by_team ON service_records (team_id, started_at, record_id);
CREATE INDEX service_records_by_area ON service_records (area_id, started_at, record_id);

CREATE TABLE evaluations (
    evaluation_id UUID PRIMARY KEY,
    demand_id     UUID NOT NULL REFERENCES demands (demand_id),
    round         BIGINT NOT NULL,
    county_id     UUID NOT NULL,
    ancestor_1    UUID,
    ancestor_2    UUID,
    ancestor_3    UUID,
    ancestor_4    UUID,
    ancestor_5    UUID,
    team_id       UUID,
    area_id       UUID NOT NULL,
    author_id     UUID NOT NULL,
    by_callback   BOOLEAN NOT NULL,
    solved        BOOLEAN NOT NULL,
    score         BIGINT NOT NULL CHECK (score BETWEEN 1 AND 5),
    punctuality   BIGINT CHECK (punctuality BETWEEN 1 AND 5),
    attitude      BIGINT CHECK (attitude BETWEEN 1 AND 5),
    skill         BIGINT CHECK (skill BETWEEN 1 AND 5),
    words         TEXT,
    poor          BOOLEAN NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    UNIQUE (demand_id, round)
);
CREATE INDEX evaluations_by_ancestor_1 ON evaluations (ancestor_1, created_at, evaluation_id) WHERE ancestor_1 IS NOT NULL;
CREATE INDEX evaluations_by_ancestor_2 ON evaluations (ancestor_2, created_at, evaluation_id) WHERE ancestor_2 IS NOT NULL;
CREATE INDEX evaluations_by_ancestor_3 ON evaluations (ancestor_3, created_at, evaluation_id) WHERE ancestor_3 IS NOT NULL;
CREATE INDEX evaluations_by_ancestor_4 ON evaluations (ancestor_4, created_at, evaluation_id) WHERE ancestor_4 IS NOT NULL;
CREATE INDEX evaluations_by_ancestor_5 ON evaluations (ancestor_5, created_at, evaluation_id) WHERE ancestor_5 IS NOT NULL;
CREATE INDEX evaluations_by_team ON evaluations (team_id, created_at, evaluation_id) WHERE team_id IS NOT NULL;
CREATE INDEX evaluations_by_area ON evaluations (area_id, created_at, evaluation_id);
-- Those that say that somebody was not content are few and looked for.
CREATE INDEX evaluations_poor_by_ancestor_1 ON evaluations (ancestor_1, poor, created_at, evaluation_id, solved, score) WHERE ancestor_1 IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_ancestor_2 ON evaluations (ancestor_2, poor, created_at, evaluation_id, solved, score) WHERE ancestor_2 IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_ancestor_3 ON evaluations (ancestor_3, poor, created_at, evaluation_id, solved, score) WHERE ancestor_3 IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_ancestor_4 ON evaluations (ancestor_4, poor, created_at, evaluation_id, solved, score) WHERE ancestor_4 IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_ancestor_5 ON evaluations (ancestor_5, poor, created_at, evaluation_id, solved, score) WHERE ancestor_5 IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_team ON evaluations (team_id, poor, created_at, evaluation_id, solved, score) WHERE team_id IS NOT NULL AND poor;
CREATE INDEX evaluations_poor_by_area ON evaluations (area_id, poor, created_at, evaluation_id, solved, score) WHERE poor;
