// SPDX-License-Identifier: Apache-2.0
#include "agent/live/agent.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "agent/journal/checkpoint.hpp"
#include "agent/live/succession.hpp"

namespace setpoint {
namespace {

/// An orchestrator that stays silent is spoken of again after so many unanswered questions.
constexpr int kSilencesToAReminder = 20;

constexpr auto kNone = static_cast<std::size_t>(-1);

std::filesystem::path checkpoint_in(const std::filesystem::path& state) { return state / "checkpoint"; }

/// What the last run left, if it can be used; says so where it cannot.
std::optional<Checkpoint> last_checkpoint(const std::filesystem::path& state, spdlog::logger& log) {
    auto loaded = load_checkpoint(checkpoint_in(state));
    if (loaded) return std::move(*loaded);
    if (loaded.error().code == Errc::no_data) {
        log.info("no checkpoint in {}: starts afresh", state.string());
    } else {
        log.warn("starts afresh, the checkpoint cannot be used: {}", loaded.error().message);
    }
    return std::nullopt;
}

std::vector<ScalingSpec> specs_of(const std::vector<LivePolicy>& policies) {
    std::vector<ScalingSpec> specs;
    for (const auto& policy : policies) specs.push_back(policy.spec);
    return specs;
}

/// Which pods there are is told anew: those that went while nobody watched are never reported gone.
void forget_pods(Reducer& control, Time now) {
    for (std::uint32_t i = 0; i < control.targets(); ++i) {
        const auto known = control.pods(TargetId{i});
        for (const Pod& pod : std::vector<Pod>(known.begin(), known.end())) {
            control.reduce({now, PodDelta{TargetId{i}, true, pod}});
        }
    }
}

std::optional<Time> time_of(const std::optional<Checkpoint>& checkpoint) {
    if (!checkpoint) return std::nullopt;
    return checkpoint->time;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::make(AgentSettings settings, spdlog::logger& log) {
    auto last = last_checkpoint(settings.state, log);
    std::unique_ptr<Agent> agent{new Agent{std::move(settings), log, time_of(last)}};
    if (auto started = agent->start(last); !started) return tl::unexpected<Error>(std::move(started.error()));
    return agent;
}

Agent::Agent(AgentSettings settings, spdlog::logger& log, std::optional<Time> last)
    : settings_(std::move(settings)), policies_(settings_.own.policies), log_(log), clock_(last), gallery_(control_, clock_.now(), [this](TargetId target, SignalId signal) { return source_of(target, signal); }),
      manager_(::getenv) {
    reload_.time = clock_.now();
}

Result<> Agent::start(const std::optional<Checkpoint>& last) {
    JournalSettings journal;
    journal.folder = settings_.state / "journal";
    auto writer = JournalWriter::open(std::move(journal));
    if (!writer) return tl::unexpected<Error>(std::move(writer.error()));
    journal_ = std::move(*writer);
    auto outside = Outside::make(io_, clock_, log_, settings_.where);
    if (!outside) return tl::unexpected<Error>(std::move(outside.error()));
    outside_ = std::move(*outside);
    if (auto read = read_first_labels(); !read) return read;
    guards_ = settings_.own.guards;
    if (auto read = read_first_objects(); !read) return read;
    auto config = configuration(specs_of(policies_), guards_);
    if (!config) return tl::unexpected<Error>(std::move(config.error()));

    checkpoints_.emplace(checkpoint_in(settings_.state));
    chronicle_.emplace(control_, *journal_, *checkpoints_, log_);
    onlookers_.emplace(*chronicle_, gallery_);
    scheduler_.emplace(control_, *onlookers_, clock_);
    if (outside_->cluster() != nullptr) scheduler_->stand_by();
    if (auto opened = open_admin(); !opened) return opened;
    const Event first{clock_.now(), std::move(*config)};
    control_.reduce(first);
    if (last) {
        last_term_ = last->term;
        remembers_ = last->last;
        chronicle_->begin_term(last_term_);
        const auto restored = restore(*last, control_);
        forget_pods(control_, first.time);
        if (cluster_ && (shares() || !cluster_->knew_at_first())) left_ = *last;
        else log_.info("resumes {} of {} policies from the checkpoint", restored.policies, control_.targets());
        for (const auto& name : restored.unreadable) log_.warn("{}: its state in the checkpoint makes no sense: starts afresh", name);
    }
    onlookers_->saw(first, nullptr);  // after the restore: the journal opens with what was restored
    for (const auto& policy : policies_) {
        const TargetId key{next_key_++};
        auto attached = attach(key, policy);
        if (!attached) return tl::unexpected<Error>(std::move(attached.error()));
        attached_.push_back(std::move(*attached));
        keys_.push_back(key);
        scheduler_->add(steered(policy, attached_.back(), key));
    }
    return {};
}

Result<> Agent::adopt(std::vector<LivePolicy> policies, GuardSettings guards) {
    auto config = configuration(specs_of(policies), guards);
    if (!config) return tl::unexpected<Error>(std::move(config.error()));
    std::map<std::string, std::size_t> before;
    for (std::size_t i = 0; i < policies_.size(); ++i) before[policies_[i].spec.full_name()] = i;
    std::vector<std::size_t> kept(policies.size(), kNone);
    std::vector<Attached> fresh(policies.size());
    std::vector<TargetId> keys;
    for (std::size_t i = 0; i < policies.size(); ++i) {
        const auto known = before.find(policies[i].spec.full_name());
        if (known != before.end() && same_outside(policies_[known->second], policies[i])) {
            kept[i] = known->second;
            keys.push_back(keys_[known->second]);
            continue;
        }
        keys.push_back(TargetId{next_key_++});
        auto attached = attach(keys.back(), policies[i]);
        if (!attached) return tl::unexpected<Error>(std::move(attached.error()));
        fresh[i] = std::move(*attached);
    }
    // Nothing can fail from here on. What is dropped posts nothing more once it is destroyed.
    std::vector<Steered> targets;
    for (std::size_t i = 0; i < policies.size(); ++i) {
        if (kept[i] != kNone) fresh[i] = std::move(attached_[kept[i]]);
        targets.push_back(steered(policies[i], fresh[i], keys[i]));
        before.erase(policies[i].spec.full_name());
    }
    attached_ = std::move(fresh);
    keys_ = std::move(keys);
    for (const auto& gone : before) log_.info("{}: no policy {}any more; its target stays as it is", gone.first, shares() ? "of this agent " : "");
    policies_ = std::move(policies);
    guards_ = std::move(guards);
    outside_->keep_only(policies_);
    scheduler_->renew(std::move(*config), std::move(targets));
    return {};
}

Result<> Agent::take_over(LoadedPolicies loaded) {
    if (!labels_ && !cluster_) return adopt(std::move(loaded.policies), std::move(loaded.guards));
    if (auto connected = outside_->connect(loaded.sources); !connected) return connected;
    if (cluster_) return cluster_->renew(loaded.sources, loaded.guards);
    auto labels = *labels_;
    const auto news = labels.renew(loaded);
    if (auto adopted = adopt(labels.all(), loaded.guards); !adopted) return adopted;
    labels_ = std::move(labels);
    tell(news);
    return {};
}

/// Before anything is decided, so that what they learnt before the restart is found again.
Result<> Agent::read_first_labels() {
    if (!settings_.labels) return {};
    if (auto connected = outside_->connect(settings_.own.sources); !connected) return connected;
    labels_.emplace(*settings_.labels);
    tell(labels_->renew(settings_.own));
    auto containers = look_at_containers(outside_->engine()->docker());
    if (containers) tell(labels_->look(std::move(*containers)));
    else log_.warn("labels are read when the Engine answers; what their policies learnt before is lost: {}", containers.error().message);
    policies_ = labels_->all();
    return {};
}

Result<> Agent::read_first_objects() {
    if (!settings_.cluster) return {};
    if (auto connected = outside_->connect(settings_.own.sources); !connected) return connected;
    ClusterSide::Ports ports;
    ports.post = [this](std::function<void()> work) { scheduler_->post(std::move(work)); };
    ports.adopt = [this](std::vector<LivePolicy> policies, GuardSettings guards) { return adopt(std::move(policies), std::move(guards)); };
    ports.take = [this](EventBody body) { scheduler_->take(std::move(body)); };
    ports.may_write = [this](std::size_t shard) -> Result<Duration> {
        if (!writes()) return fail(Errc::refused, "this agent does not lead");
        return outside_->cluster()->may_write(shard);
    };
    ports.remembered = [this](const ScalingSpec& spec) { return left_ ? left_in(*left_, spec) : std::nullopt; };
    ports.taken_over = [this](TargetId target) { scheduler_->expect_peer(target); };
    ports.gained = [this](const std::set<std::size_t>& shards) { duty_ ? duty_->gained(shards) : begin(); };
    const ClusterSide::Clients clients{outside_->cluster()->client(), outside_->cluster()->records_client()};
    cluster_.emplace(io_, clients, clock_, log_, control_, gallery_, *settings_.cluster, std::move(ports));
    policies_ = cluster_->first(settings_.own.sources, guards_);
    return {};
}

void Agent::looked(std::vector<ContainerSummary> containers) {
    const auto before = labels_->revision();
    tell(labels_->look(std::move(containers)));
    if (labels_->revision() == before) return;
    if (auto adopted = adopt(labels_->all(), guards_); !adopted) log_.error("the policies stay as they were, with those of labels something is wrong:\n{}", adopted.error().message);
}

void Agent::tell(const std::vector<LabelPolicies::News>& news) {
    for (const auto& one : news) log_.log(one.kind == LabelPolicies::News::Kind::told ? spdlog::level::info : spdlog::level::warn, "{}", one.text);
}

void Agent::reloaded(Result<LoadedPolicies> loaded) {
    manager_.tell("RELOADING=1");
    auto done = loaded ? take_over(*loaded) : Result<>{tl::unexpected<Error>(std::move(loaded.error()))};
    manager_.tell("READY=1");
    reload_.successful = done.has_value();
    if (!done) {
        log_.error("the policies stay as they were, the changed ones are wrong:\n{}", done.error().message);
        return;
    }
    reload_.time = clock_.now();
    for (const auto& warning : loaded->warnings) log_.warn("{}", warning);
    log_.info("reloaded: {} polic{}", policies_.size(), policies_.size() == 1 ? "y" : "ies");
}

void Agent::feed_watchdog() {
    manager_.tell("WATCHDOG=1");
    watchdog_->expires_after(*manager_.watchdog());
    watchdog_->async_wait([this](const boost::system::error_code& failed) {
        if (!failed) feed_watchdog();
    });
}

Result<> Agent::open_admin() {
    if (!settings_.admin.on && !settings_.admin.metrics) return {};
    AdminPorts ports;
    ports.post = [this](std::function<void()> work) { scheduler_->post(std::move(work)); };
    ports.now = [this] { return clock_.now(); };
    ports.take = [this](EventBody body) { scheduler_->take(std::move(body)); };
    ports.answers = [this] { return answers_; };
    ports.ready = [this] { return answers_ && writes(); };
    ports.shards = [this] { return shards(); };
    ports.skipped = [this](TargetId id) { return scheduler_->skipped(id); };
    ports.target = [this](TargetId id) { return policies_[index(id)].target; };
    ports.origin = [this](TargetId id) { return policies_[index(id)].origin; };
    ports.source = [this](TargetId target, SignalId signal) { return source_of(target, signal); };
    ports.tick_times = [this] { return scheduler_->tick_times(); };
    ports.reloaded = [this] { return reload_; };
    ports.reload = [this]() -> Result<> {
        auto loaded = load_policies(settings_.files.paths, settings_.files.shadow, settings_.files.from);
        Result<> wrong = loaded ? Result<>{} : Result<>{tl::unexpected<Error>(loaded.error())};
        reloaded(std::move(loaded));
        return wrong;
    };
    ports.version = settings_.version;
    ports.orchestrator = outside_->orchestrator().name();
    auto admin = Admin::open(settings_.admin, control_, gallery_, std::move(ports));
    if (!admin) return tl::unexpected<Error>(std::move(admin.error()));
    admin_ = std::move(*admin);
    if (const auto url = admin_->url(); !url.empty()) log_.info("page, API and metrics at {}", url);
    if (const auto url = admin_->metrics_url(); !url.empty()) log_.info("metrics for everybody at {}", url);
    return {};
}

std::string Agent::source_of(TargetId target, SignalId signal) const {
    const auto& queries = policies_[index(target)].queries;
    const bool asked = std::ranges::any_of(queries, [&](const auto& query) { return query.signal == signal; });
    return std::string{asked ? PrometheusSettings::kind : policies_[index(target)].workload ? KubernetesTarget::kind : DockerTarget::kind};
}

Result<Attached> Agent::attach(TargetId key, const LivePolicy& policy) {
    const bool live = policy.spec.mode == Mode::live;
    return outside_->attach(key, policy, live ? Orchestrator::Use::drive : Orchestrator::Use::watch, ports_of(key, policy));
}

TargetPorts Agent::ports_of(TargetId key, const LivePolicy& policy) {
    TargetPorts ports;
    const Gallery::Teller teller{policy.spec.full_name(), ++turns_};
    ports.changed = [this, key] { scheduler_->post([this, key] { scheduler_->hurry(key); }); };
    ports.hindered = [this, teller](const std::optional<Obstacle>& obstacle) {
        scheduler_->post([this, teller, obstacle] { gallery_.hindered(teller, obstacle); });
    };
    ports.detoured = [this, teller](const std::string& why) {
        scheduler_->post([this, teller, why] { gallery_.detoured(teller, why); });
    };
    return ports;
}

Result<> Agent::run() {
    contact_.emplace(io_, outside_->orchestrator(), [this](const Result<std::string>& identity) {
        scheduler_->post([this, identity] { heard(identity); });
    });
    files_.emplace(settings_.files, [this](Result<LoadedPolicies> loaded) {
        scheduler_->post([this, loaded = std::move(loaded)] { reloaded(loaded); });
    });
    if (labels_) {
        label_watch_.emplace(io_, outside_->engine()->watch(), [this](std::vector<ContainerSummary> containers) {
            scheduler_->post([this, containers = std::move(containers)]() mutable { looked(std::move(containers)); });
        });
    }
    if (cluster_) cluster_->begin(scheduler_->context());
    if (shares()) {
        // Each shard has terms of its own, which the checkpoint of a folder does not tell apart.
        chronicle_->begin_term(std::nullopt);
        duty_.emplace(*outside_->cluster(), *cluster_, *scheduler_, log_, settings_.cluster->shards);
    }
    scheduler_->on_hangup([this] { files_->ask(); });
    scheduler_->on_stop([this] { manager_.tell("STOPPING=1"); });
    scheduler_->post([this] {
        manager_.tell("READY=1");
        if (!manager_.watchdog()) return;
        watchdog_.emplace(scheduler_->context());
        feed_watchdog();
    });
    scheduler_->run();
    files_.reset();
    label_watch_.reset();
    if (cluster_) cluster_->end();
    contact_.reset();
    const auto abandoned = scheduler_->abandoned();
    if (abandoned > 0) {
        log_.warn("stopped with {} writes unanswered; the next start looks at what became of them", abandoned);
    } else {
        outside_->orchestrator().release();
    }
    chronicle_->close(abandoned == 0);
    return outcome_;
}

void Agent::heard(const Result<std::string>& identity) {
    const auto& name = outside_->orchestrator().name();
    if (identity) {
        if (!answers_) log_.info("{} answers", name);
        answers_ = true;
        silences_ = 0;
        if (std::exchange(claims_, true)) return;
        if (duty_) return duty_->begin();
        Orchestrator::Claim claim;
        claim.done = [this, identity = *identity](const Result<Orchestrator::Term>& may_write) {
            scheduler_->post([this, identity, may_write] { claimed(identity, may_write); });
        };
        claim.lost = [this](const std::string& why) { scheduler_->post([this, why] { lost(why); }); };
        outside_->orchestrator().claim(*identity, std::move(claim));
        return;
    }
    if (silences_++ % kSilencesToAReminder == 0) {
        log_.warn("{} does not answer, sizes stay as they are and it is asked again: {}", name, identity.error().message);
    }
    answers_ = false;
}

void Agent::claimed(const std::string& identity, const Result<Orchestrator::Term>& term) {
    if (!term) {
        outcome_ = tl::unexpected<Error>(term.error());
        scheduler_->stop();
        return;
    }
    claim_ = {identity, *term};
    if (outside_->cluster() == nullptr || shadow()) return begin();
    if (cluster_) return cluster_->gain(0);
    for (std::uint32_t i = 0; i < control_.targets(); ++i) {
        auto handover = succession(control_.last_tick(TargetId{i}), std::nullopt, clock_.now());
        if (!handover) continue;
        handover->target = TargetId{i};
        scheduler_->take(std::move(*handover));
    }
    begin();
}

void Agent::begin() {
    const auto term = claim_.term;
    writes_ = true;
    const bool nobody_between = !term || (last_term_ && *term <= *last_term_ + 1);
    scheduler_->open(!remembers_ || !nobody_between);
    last_term_ = term;
    remembers_ = true;
    chronicle_->begin_term(term);
    const auto& name = outside_->orchestrator().name();
    if (shadow()) log_.info("watches {} ({}), in shadow: changes nothing there", name, claim_.identity);
    else log_.info("scales on {} ({})", name, claim_.identity);
}

/// What was decided counts no more, for another agent may decide by now.
void Agent::lost(const std::string& why) {
    writes_ = false;
    if (cluster_) cluster_->lose(0);
    scheduler_->stand_by();
    log_.warn("does not lead any more, and changes no size until it does again: {}", why);
}

bool Agent::shares() const { return settings_.cluster && settings_.cluster->shards > 1; }

std::vector<bool> Agent::shards() const {
    if (!duty_) return {};
    std::vector<bool> held(settings_.cluster->shards);
    for (const auto shard : cluster_->held()) held[shard] = true;
    return held;
}

bool Agent::shadow() const {
    const auto* cluster = std::get_if<ClusterSettings>(&settings_.where);
    return cluster != nullptr && cluster->shadow;
}

}  // namespace setpoint
