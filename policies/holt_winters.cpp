// SPDX-License-Identifier: Apache-2.0
#include "policies/holt_winters.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace setpoint {
namespace {

constexpr double kEnoughOfADay = 0.9;
constexpr float kTemperature = 8;
constexpr double kDayGain = 0.3;
constexpr double kMostAboveLargest = 2;  // of the largest bin seen
constexpr std::uint8_t kWholeWeek = 0x7F;

/// One value a member, on the stack.
using Members = Eigen::Array<float, Eigen::Dynamic, 1, Eigen::ColMajor, HoltWinters::kMostMembers, 1>;
using MembersIn = Eigen::Map<Members>;
using MembersOf = Eigen::Map<const Members>;

MembersIn in(std::vector<float>& values, std::size_t members, std::size_t column = 0) {
    return {values.data() + column * members, static_cast<Eigen::Index>(members)};
}

MembersOf of(const std::vector<float>& values, std::size_t members, std::size_t column = 0) {
    return {values.data() + column * members, static_cast<Eigen::Index>(members)};
}

/// phi + ... + phi^h.
float damped_steps(float phi, Bin h) {
    if (phi >= 1) return static_cast<float>(h);
    return phi * (1 - std::pow(phi, static_cast<float>(h))) / (1 - phi);
}

/// Floats as bytes: a row each would take four times the room in a checkpoint.
void bind_floats(Fields& fields, std::string_view name, std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    const std::size_t wanted = bytes.size();
    fields.state(name, bytes);
    if (bytes.size() == wanted && wanted > 0) std::memcpy(values.data(), bytes.data(), wanted);
}

/// From a level that hardly follows noise to one that follows all but it; each without a trend at two
/// seasonal gains, and with one (without any, a ramp that is no part of the day is always chased).
std::vector<HoltWinters::Gains> default_bank() {
    std::vector<HoltWinters::Gains> bank;
    for (const float level : {0.1F, 0.3F, 0.6F, 0.9F}) {
        bank.push_back({level, 0, 0.08F});
        bank.push_back({level, 0, 0.25F});
        bank.push_back({level, 0.05F, 0.15F});
    }
    return bank;
}

}  // namespace

HoltWinters::HoltWinters() : HoltWinters(Settings{288, 0.9F, default_bank()}) {}

HoltWinters::HoltWinters(Settings settings) : settings_(std::move(settings)) {
    const std::size_t members = settings_.bank.size();
    assert(members > 0 && members <= kMostMembers && settings_.bins_a_day >= 2);
    level_.resize(members);
    trend_.resize(members);
    loss_.resize(members);
    weight_.assign(members, 1.0F / static_cast<float>(members));
    season_.resize(members * settings_.bins_a_day);
    first_day_.assign(settings_.bins_a_day, std::numeric_limits<float>::quiet_NaN());
}

std::size_t HoltWinters::phase(Bin bin) const {
    const auto bins = static_cast<Bin>(settings_.bins_a_day);
    return static_cast<std::size_t>(((bin % bins) + bins) % bins);
}

Bin HoltWinters::day(Bin bin) const {
    return (bin - static_cast<Bin>(phase(bin))) / static_cast<Bin>(settings_.bins_a_day);
}

std::size_t HoltWinters::bins_needed() const { return settings_.bins_a_day; }

void HoltWinters::observe(Bin bin, double value) {
    if (!std::isfinite(value) || (seen_ > 0 && bin <= last_)) return;
    const bool first = seen_ == 0;
    if (!first && day(bin) != day(last_)) close_day();
    largest_ = std::max(largest_, value);
    if (ready_) {
        skip(bin - last_ - 1);
        update(bin, static_cast<float>(value));
        last_ = bin;
    } else {
        auto& slot = first_day_[phase(bin)];
        if (std::isnan(slot)) ++seen_;
        slot = static_cast<float>(value);
        last_ = bin;
        if (static_cast<double>(seen_) >= kEnoughOfADay * static_cast<double>(bins_needed()) &&
            std::isfinite(first_day_[phase(bin + 1)])) {
            start();
        } else if (seen_ == bins_needed()) {
            start();
        }
    }
    day_sum_ += value;
    ++day_count_;
}

/// A day was seen: its mean, and what is left of it at each time of day.
void HoltWinters::start() {
    const std::size_t bins = settings_.bins_a_day;
    // Missing bins take what the nearest ones seen before and after say.
    std::vector<float> filled = first_day_;
    for (std::size_t at = 0; at < bins; ++at) {
        if (std::isfinite(first_day_[at])) continue;
        std::size_t back = 1;
        std::size_t ahead = 1;
        while (std::isnan(first_day_[(at + bins - back) % bins])) ++back;
        while (std::isnan(first_day_[(at + ahead) % bins])) ++ahead;
        const float before = first_day_[(at + bins - back) % bins];
        const float after = first_day_[(at + ahead) % bins];
        filled[at] = before + (after - before) * static_cast<float>(back) / static_cast<float>(back + ahead);
    }
    const float mean = std::accumulate(filled.begin(), filled.end(), 0.0F) / static_cast<float>(bins);
    const std::size_t reach = bins / 200;
    const std::size_t members = settings_.bank.size();
    for (std::size_t at = 0; at < bins; ++at) {
        float sum = 0;
        for (std::size_t k = 0; k <= 2 * reach; ++k) sum += filled[(at + bins + k - reach) % bins];
        in(season_, members, at) = sum / static_cast<float>(2 * reach + 1) - mean;
    }
    in(level_, members) = mean;
    ready_ = true;
    seen_ = bins_needed();
}

void HoltWinters::update(Bin bin, float value) {
    const std::size_t members = settings_.bank.size();
    Members alpha(static_cast<Eigen::Index>(members));
    Members beta = alpha;
    Members gamma = alpha;
    for (std::size_t k = 0; k < members; ++k) {
        const auto row = static_cast<Eigen::Index>(k);
        alpha(row) = settings_.bank[k].level;
        beta(row) = settings_.bank[k].trend;
        gamma(row) = settings_.bank[k].season;
    }
    auto level = in(level_, members);
    auto trend = in(trend_, members);
    auto season = in(season_, members, phase(bin));
    auto loss = in(loss_, members);
    const float phi = settings_.damping;
    // Hyndman's error-correction form of the recursion in the header.
    const Members error = value - (level + phi * trend + season + day_factor(bin));
    level += phi * trend + alpha * error;
    trend = phi * trend + alpha * beta * error;
    season += gamma * (1 - alpha) * error;

    const float memory = 1 - 1 / static_cast<float>(settings_.bins_a_day);
    loss = memory * loss + (1 - memory) * error.abs();
    const float least = loss.minCoeff();
    auto weight = in(weight_, members);
    if (least > 0)
        weight = (-kTemperature * (loss - least) / least).exp();
    else
        weight = (loss <= least).cast<float>();
    weight /= weight.sum();
}

/// Bins without data: the trend goes on and fades, and nothing is learnt.
void HoltWinters::skip(Bin bins) {
    if (bins <= 0) return;
    const std::size_t members = settings_.bank.size();
    in(level_, members) += damped_steps(settings_.damping, bins) * in(trend_, members);
    in(trend_, members) *= std::pow(settings_.damping, static_cast<float>(bins));
}

void HoltWinters::close_day() {
    const auto weekday = static_cast<std::size_t>(((day(last_) % 7) + 7) % 7);
    if (static_cast<double>(day_count_) >= kEnoughOfADay * static_cast<double>(settings_.bins_a_day)) {
        const double mean = day_sum_ / static_cast<double>(day_count_);
        const auto bit = static_cast<std::uint8_t>(1U << weekday);
        day_mean_[weekday] +=
            (days_known_ & bit) != 0 ? kDayGain * (mean - day_mean_[weekday]) : mean - day_mean_[weekday];
        days_known_ |= bit;
        if (days_known_ == kWholeWeek) {
            const float before = day_factor(last_);
            const double all = std::accumulate(day_mean_.begin(), day_mean_.end(), 0.0) / 7;
            for (std::size_t at = 0; at < 7; ++at) day_factor_[at] = day_mean_[at] - all;
            in(level_, settings_.bank.size()) += before - day_factor(last_);  // what is expected stays
        }
    }
    day_sum_ = 0;
    day_count_ = 0;
}

float HoltWinters::day_factor(Bin bin) const {
    const auto bins = static_cast<double>(settings_.bins_a_day);
    const double since_noon = static_cast<double>(phase(bin)) / bins - 0.5;  // of this day, in days
    const Bin from = since_noon < 0 ? day(bin) - 1 : day(bin);
    const double share = since_noon < 0 ? since_noon + 1 : since_noon;
    const auto weekday = [](Bin of_day) { return static_cast<std::size_t>(((of_day % 7) + 7) % 7); };
    return static_cast<float>((1 - share) * day_factor_[weekday(from)] + share * day_factor_[weekday(from + 1)]);
}

ForecastParts HoltWinters::parts(Bin bin) const {
    const std::size_t members = settings_.bank.size();
    const auto weight = of(weight_, members);
    const double season = (weight * of(season_, members, phase(bin))).sum();
    return {(weight * of(level_, members)).sum(), (weight * of(trend_, members)).sum(), season + day_factor(bin)};
}

double HoltWinters::forecast(Bin bin) const {
    const ForecastParts known = parts(bin);
    const double ahead = damped_steps(settings_.damping, std::max<Bin>(bin - last_, 0));
    return std::clamp(known.level + ahead * known.trend + known.season, 0.0, kMostAboveLargest * largest_);
}

void HoltWinters::bind_state(Fields& fields) {
    bind_floats(fields, "level", level_);
    bind_floats(fields, "trend", trend_);
    bind_floats(fields, "loss", loss_);
    bind_floats(fields, "weight", weight_);
    bind_floats(fields, "season", season_);
    bind_floats(fields, "firstDay", first_day_);
    fields.state("ready", ready_);
    fields.state("seen", seen_);
    fields.state("last", last_);
    fields.state("largest", largest_);
    for (std::size_t at = 0; at < 7; ++at) {
        static constexpr std::string_view means[] = {"mean0", "mean1", "mean2", "mean3", "mean4", "mean5", "mean6"};
        static constexpr std::string_view factors[] = {"day0", "day1", "day2", "day3", "day4", "day5", "day6"};
        fields.state(means[at], day_mean_[at]);
        fields.state(factors[at], day_factor_[at]);
    }
    fields.state("daysKnown", days_known_);
    fields.state("daySum", day_sum_);
    fields.state("dayCount", day_count_);
}

}  // namespace setpoint
