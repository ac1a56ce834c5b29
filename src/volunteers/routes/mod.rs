//! The operations on volunteers, and on the teams they are in.

mod teams;

use actix_web::web::Data;
use actix_web::{get, post, put};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contacts::contact_of;
use super::contract::{
    MembershipList, MembershipView, NewVolunteer, VolunteerDetails, VolunteerPage, VolunteerQuery,
    VolunteerView,
};
use super::domain::{Age, Member, Volunteer, VolunteerStatus};
use super::leaving::{end_everything, fact};
use super::policy::{
    ChangeStatus, Leave, List, Node, Read, Register, Registered, Registration, Replace, SeeContact,
    calls_at, is_himself,
};
use super::{hours, store};
use crate::access::births;
use crate::access::consents::{self, Word};
use crate::access::privacy_notices::{Asked, ConsentPurpose, PrivacyNotices, Topic};
use crate::access::reveals::{self, Asking, RevealContact, RevealSubject, RevealView};
use crate::access::{self, Caller, Command, Reader, Work};
use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::organizations::rules::{RevealRule, Ruling};
use crate::organizations::{Directory, Kind, Status};
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::values::ShownName;
use crate::problem::{Code, FieldCode, Problem};

/// What somebody agrees to who registers.
const SERVICE: &[ConsentPurpose] = &[ConsentPurpose::Service];
/// What he agrees to who says where he lives.
const SENSITIVE: &[ConsentPurpose] = &[ConsentPurpose::Sensitive];

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create)
        .service(list)
        .service(view)
        .service(replace)
        .service(suspend)
        .service(resume)
        .service(leave)
        .service(reveal_contact)
        .service(teams_of);
    teams::configure(config);
    hours::configure(config);
}

/// Register as a volunteer 注册志愿者
///
/// Everybody registers himself. With `phone` a clerk of the county registers the
/// person who has that number. Who has left and registers again is the same
/// volunteer, with his hours. A child under fourteen needs a guardian who has agreed, and is
/// registered by the clerk who has seen that.
/// Where a privacy notice in force for the county demands consent, who has not agreed to it is
/// answered 403 `consent_required`: to that for `service`, and with `place` to that for `sensitive`.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerCreate",
    request_body = NewVolunteer, responses((status = 201, body = VolunteerView)))]
#[post("/volunteers")]
async fn create(
    command: Command<NewVolunteer>,
    directory: Data<Directory>,
    notices: Data<PrivacyNotices>,
) -> Reply {
    let county = county_for(&directory, command.body.county_id)?;
    let registration = Registration { county, on_behalf: command.body.phone.is_some() };
    let now = command.caller.now;
    let today = directory.calendar(county, now).local_date(now);
    let NewVolunteer { birth_date, guardian, .. } = &command.body;
    // Who says it of himself does not grow older by that than is known of him already.
    let born = (*birth_date).max(own_birth(&command.caller, registration));
    let age = Age::said(born, guardian.as_ref(), registration.on_behalf, today)?;
    command
        .about::<Register>(registration, async |work, registration, caller, body| {
            let account = account_for(work, caller, body).await?;
            let county = registration.county;
            require_consent(work, caller, account, (county, body.place.is_some()), &notices)
                .await?;
            let new = registered(work, account, registration.county, body);
            if let Some(age) = &age {
                store::ages::write(work.tx, account, age, work.now).await?;
                if registration.on_behalf {
                    births::correct(work.tx, account, age.birth_date).await?;
                } else {
                    births::learn(work.tx, account, age.birth_date).await?;
                }
            }
            let volunteer = store::register(work.tx, &new).await?;
            work.record(fact("volunteer.registered.v1", &volunteer));
            // To be chosen is what everybody begins with; who comes back may have said otherwise.
            if !volunteer.accepts_matching || volunteer.version > 1 {
                note_choice(work, caller, &volunteer, &notices).await?;
            }
            let location = format!("/api/v1/volunteers/{}", volunteer.volunteer_id);
            let answer = Answer::created(&VolunteerView::of(&volunteer, &[], caller), location)?;
            Ok(answer.version(volunteer.version))
        })
        .await
}

/// List volunteers 志愿者列表
///
/// Of a county, to which volunteers belong, for its staff; or of a team, for the staff
/// where it hangs: who works for a town or village lists the members of its teams. Those
/// who have left are not among them. Who came first comes first, unless `order`
/// says otherwise.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerList",
    params(VolunteerQuery), responses((status = 200, body = VolunteerPage)))]
#[get("/volunteers")]
async fn list(reader: Reader, query: Query<VolunteerQuery>, directory: Data<Directory>) -> Reply {
    let node = listed_node(&directory, &query.0)?;
    let of_team = query.0.team.is_some();
    reader
        .about::<List>(node, async |tx, caller, node| {
            let id = node.0.organization_id;
            let page = if of_team {
                page_of_team(tx, caller, id, &query.0).await?
            } else {
                page_of_county(tx, caller, id, &query.0).await?
            };
            Answer::ok(&page)
        })
        .await
}

/// One volunteer 志愿者详情
#[utoipa::path(tag = "volunteers", operation_id = "volunteerView",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView)))]
#[get("/volunteers/{volunteer_id}")]
async fn view(reader: Reader, id: PathId<VolunteerId>) -> Reply {
    reader.on::<Read>(id.0, async |_, caller, registered| answer(&registered, caller)).await
}

/// Replace a volunteer's details 修改志愿者资料
///
/// Whether the system may choose him (`acceptsMatching`) holds at once, and a change of it stands
/// in the ledger of consents. To say where one lives, or anew, one must have agreed to the privacy notice
/// for `sensitive`, where there is one that demands it: else 403 `consent_required`.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerReplace",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    request_body = VolunteerDetails,
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[put("/volunteers/{volunteer_id}")]
async fn replace(
    command: Command<VolunteerDetails>,
    id: PathId<VolunteerId>,
    notices: Data<PrivacyNotices>,
) -> Reply {
    command
        .on::<Replace>(id.0, async |work, registered, caller, body| {
            let volunteer = &registered.volunteer;
            if volunteer.status == VolunteerStatus::Left {
                return Err(Problem::of(Code::NotPossible).about(volunteer.status.as_str()));
            }
            let own = is_himself(&caller.actor, volunteer);
            let mut replaced = replaced(volunteer, body);
            if replaced.place.is_some_and(|place| volunteer.moves_to(place)) {
                let asked = asked_at(&notices, caller, volunteer.county_id, SENSITIVE);
                let missing =
                    consents::first_missing(work.tx, Some(volunteer.account_id), &asked).await?;
                if let Some(missing) = missing {
                    return Err(consents::consent_needed(&[missing]));
                }
            }
            let chose_before = volunteer.accepts_matching;
            // Staff writes down that he refuses, and never in his place that he agrees.
            replaced.accepts_matching &= own || chose_before;
            if replaced.accepts_matching != chose_before {
                note_choice(work, caller, &replaced, &notices).await?;
            }
            let replaced = Registered { volunteer: replaced, ..registered };
            save(work, caller, replaced, "volunteer.replaced.v1").await
        })
        .await
}

/// Suspend a volunteer 暂停志愿者
#[utoipa::path(tag = "volunteers", operation_id = "volunteerSuspend",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/suspend")]
async fn suspend(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, registered, caller, _| {
            let suspended = registered.changed(Volunteer::suspended)?;
            save(work, caller, suspended, "volunteer.suspended.v1").await
        })
        .await
}

/// Resume a volunteer 恢复志愿者
#[utoipa::path(tag = "volunteers", operation_id = "volunteerResume",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/resume")]
async fn resume(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, registered, caller, _| {
            let resumed = registered.changed(Volunteer::resumed)?;
            save(work, caller, resumed, "volunteer.resumed.v1").await
        })
        .await
}

/// Leave volunteering 退出志愿服务
///
/// Ends his memberships, declines what he is asked for and forgets where he lives; his
/// hours are kept. Who is promised somewhere drops out there first.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerLeave",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/leave")]
async fn leave(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<Leave>(id.0, async |work, registered, caller, _| {
            let departed = registered.changed(Volunteer::departed)?;
            let id = departed.volunteer.volunteer_id;
            if store::has_open_promise(work.tx, id).await? {
                return Err(Problem::of(Code::StillInUse));
            }
            end_everything(work, id).await?;
            save(work, caller, departed, "volunteer.left.v1").await
        })
        .await
}

/// Reveal a volunteer's telephone 查看志愿者联系方式
///
/// For the leaders of his teams and for clerks, who have to call him: for as many minutes as
/// the rule `reveals` says. He is told, and finds in his access log who looked and what for. Of
/// a minor nothing is shown before another person, an administrator, has approved it.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerRevealContact",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    request_body = RevealContact, responses((status = 200, body = RevealView)))]
#[post("/volunteers/{volunteer_id}/reveal-contact")]
async fn reveal_contact(
    command: Command<RevealContact>,
    id: PathId<VolunteerId>,
    directory: Data<Directory>,
) -> Reply {
    command
        .on::<SeeContact>(id.0, async |work, registered, caller, body| {
            let volunteer = &registered.volunteer;
            let at = calls_at(&caller.actor, &registered).unwrap_or(volunteer.county_id);
            let rule: Ruling<RevealRule> = directory.rule(at, work.now);
            let asking = Asking {
                subject: RevealSubject::Volunteer(volunteer.volunteer_id),
                revealed: contact_of(work.tx, volunteer, work.now).await?,
                of_minor: volunteer.is_minor(work.now),
                organization_id: at,
                minutes: rule.value.minutes,
                approval_hours: rule.value.approval_hours,
            };
            reveals::ask(work, caller, body, asking).await
        })
        .await
}

/// The teams of a volunteer 志愿者所在队伍
#[utoipa::path(tag = "teams", operation_id = "volunteerTeams",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = MembershipList)))]
#[get("/volunteers/{volunteer_id}/teams")]
async fn teams_of(reader: Reader, id: PathId<VolunteerId>) -> Reply {
    reader
        .on::<Read>(id.0, async |_, caller, registered| {
            let shown = |one| MembershipView::of(one, caller);
            let items = registered.memberships.iter().map(shown).collect();
            Answer::ok(&MembershipList { items })
        })
        .await
}

/// The county in whose charge a new volunteer will be.
fn county_for(directory: &Directory, id: OrganizationId) -> Result<OrganizationId, Problem> {
    let node = directory.get(id).filter(|node| node.status != Status::Archived);
    node.and_then(|_| directory.county_of(id))
        .ok_or_else(|| Problem::field("/countyId", FieldCode::NoSuchThing))
}

/// When somebody who registers himself was born, where he is known to be a minor.
fn own_birth(caller: &Caller, registration: Registration) -> Option<NaiveDate> {
    caller
        .actor
        .born
        .filter(|born| !registration.on_behalf && births::is_minor(Some(*born), caller.now))
}

/// The team, or the county, whose volunteers are listed.
fn listed_node(directory: &Directory, query: &VolunteerQuery) -> Result<Node, Problem> {
    let refuse =
        |code, value| Err(Problem::of(Code::InvalidRequest).and_field("query:within", code, value));
    match (query.within, query.team) {
        (None, None) => refuse(FieldCode::NeededHere, "team"),
        (Some(_), Some(_)) => refuse(FieldCode::NotHere, "team"),
        (None, Some(_)) if query.created_from.is_some() => {
            Err(Problem::field("query:createdFrom", FieldCode::NotHere))
        }
        (None, Some(_)) if query.created_until.is_some() => {
            Err(Problem::field("query:createdUntil", FieldCode::NotHere))
        }
        (None, Some(team)) => {
            let node = directory.get(team).filter(|node| node.kind == Kind::Team);
            node.map(Node).ok_or_else(|| Problem::field("query:team", FieldCode::NoSuchThing))
        }
        (Some(within), None) => match directory.get(within) {
            Some(node) if directory.county_of(within) == Some(within) => Ok(Node(node)),
            Some(_) => refuse(FieldCode::NotACounty, "team"),
            None => refuse(FieldCode::NoSuchThing, ""),
        },
    }
}

async fn page_of_county(
    tx: &mut Tx,
    caller: &Caller,
    county: OrganizationId,
    query: &VolunteerQuery,
) -> Result<VolunteerPage, Problem> {
    let rows = store::of_county(tx, county, &query.filter(), &query.part()).await?;
    let (rows, next) = cut(rows, query.limit, |volunteer| Cursor {
        at: volunteer.created_at,
        id: volunteer.volunteer_id.0,
    });
    Ok(VolunteerPage {
        items: rows.iter().map(|row| VolunteerView::of(row, &[], caller)).collect(),
        next,
    })
}

async fn page_of_team(
    tx: &mut Tx,
    caller: &Caller,
    team: OrganizationId,
    query: &VolunteerQuery,
) -> Result<VolunteerPage, Problem> {
    let rows = store::members(tx, team, &query.filter(), &query.part()).await?;
    let (rows, next) = cut(rows, query.limit, place_in_team);
    let shown = |Member { volunteer, membership }: &Member| {
        VolunteerView::of(volunteer, std::slice::from_ref(membership), caller)
    };
    let items = rows.iter().map(shown).collect();
    Ok(VolunteerPage { items, next })
}

fn place_in_team(member: &Member) -> Cursor {
    Cursor { at: member.membership.joined_at, id: member.membership.volunteer_id.0 }
}

/// Whose registration it is: the caller's, or that of a phone's account.
async fn account_for(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &NewVolunteer,
) -> Result<AccountId, Problem> {
    match &body.phone {
        None => Ok(caller.actor.account_id),
        Some(phone) => {
            access::account_of_phone(work.tx, work.clock, phone, body.name.as_str()).await
        }
    }
}

/// What the notices in force for the county ask for.
fn asked_at(
    notices: &PrivacyNotices,
    caller: &Caller,
    county: OrganizationId,
    purposes: &[ConsentPurpose],
) -> Vec<Asked> {
    notices.all_asked(&caller.actor.lineage(county), purposes, caller.now)
}

/// Whoever is registered must have agreed to what the notices ask for, which is more where he
/// says where he lives. For himself he speaks here; what he has said at the counter is in the ledger.
async fn require_consent(
    work: &mut Work<'_>,
    caller: &Caller,
    account: AccountId,
    (county, has_place): (OrganizationId, bool),
    notices: &PrivacyNotices,
) -> Result<(), Problem> {
    let mut asked = asked_at(notices, caller, county, SERVICE);
    if has_place {
        asked.extend(asked_at(notices, caller, county, SENSITIVE));
    }
    if account == caller.actor.account_id {
        return consents::require(&caller.actor, &asked);
    }
    match consents::first_missing(work.tx, Some(account), &asked).await? {
        None => Ok(()),
        Some(missing) => Err(consents::consent_needed(&[missing])),
    }
}

/// Writes down whether he lets the system choose him.
async fn note_choice(
    work: &mut Work<'_>,
    caller: &Caller,
    volunteer: &Volunteer,
    notices: &PrivacyNotices,
) -> Result<(), Problem> {
    let county = volunteer.county_id;
    let topic = Topic::of(ConsentPurpose::AutomatedMatching);
    let notice = notices.of_topic(&caller.actor.lineage(county), topic, caller.now);
    let choice = Word::of_registration(
        volunteer.account_id,
        county,
        notice.as_ref(),
        volunteer.accepts_matching,
        caller.actor.account_id,
    );
    consents::say(work, choice).await.map(|_| ())
}

fn registered(
    work: &Work<'_>,
    account_id: AccountId,
    county_id: OrganizationId,
    body: &NewVolunteer,
) -> Volunteer {
    Volunteer {
        volunteer_id: work.new_id(),
        account_id,
        county_id,
        name: body.name.as_str().to_owned(),
        born: None,
        status: VolunteerStatus::Active,
        place: body.place.map(|place| place.point()),
        radius_meters: body.radius_meters,
        skills: body.skills,
        slots: body.slots,
        accepts_matching: body.accepts_matching,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

/// The volunteer as he is to be. Who has read a minor masked and sends back what he has read changes
/// nothing of that.
fn replaced(volunteer: &Volunteer, body: &VolunteerDetails) -> Volunteer {
    let mut volunteer = volunteer.clone();
    let said = body.place.map(|place| place.point());
    // Whoever is known by his age may have been read masked, whoever he is by now.
    let may_be_masked = volunteer.born.is_some();
    if !(may_be_masked && body.name.as_str() == String::from(ShownName::masked(&volunteer.name))) {
        body.name.as_str().clone_into(&mut volunteer.name);
    }
    let masked_home = volunteer.place.filter(|_| may_be_masked).map(|home| home.roughly());
    if !masked_home.zip(said).is_some_and(|(home, said)| home.is_same_place(&said)) {
        volunteer.place = said;
    }
    volunteer.radius_meters = body.radius_meters;
    volunteer.skills = body.skills;
    volunteer.slots = body.slots;
    volunteer.accepts_matching = body.accepts_matching;
    volunteer
}

async fn save(
    work: &mut Work<'_>,
    caller: &Caller,
    registered: Registered,
    name: &'static str,
) -> Result<Answer, Problem> {
    let volunteer = Volunteer { updated_at: work.now, ..registered.volunteer };
    store::save(work.tx, &volunteer).await?;
    work.record(fact(name, &volunteer));
    let volunteer = Volunteer { version: volunteer.version + 1, ..volunteer };
    answer(&Registered { volunteer, ..registered }, caller)
}

fn answer(registered: &Registered, caller: &Caller) -> Result<Answer, Problem> {
    let Registered { volunteer, memberships } = registered;
    let seen = VolunteerView::of(volunteer, memberships, caller);
    Ok(Answer::ok(&seen)?.version(volunteer.version))
}
