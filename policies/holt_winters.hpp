// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "policies/forecaster.hpp"

namespace setpoint {

/// Damped additive Holt-Winters, ETS(A,Ad,A) in Hyndman's taxonomy, with a day of bins and a factor for
/// each day of the week:
///
///     l = a (y - s - w) + (1 - a)(l' + phi b');   b = be (l - l') + (1 - be) phi b'
///     s = g (y - w - l) + (1 - g) s';             f_h = l + (phi + ... + phi^h) b + s + w
///
/// Nothing is fitted: a small bank of gains runs side by side, and members weigh by exp(-8 (L - Lmin)/Lmin)
/// of their discounted one-step error. The first day gives the start: l its mean, b = 0, s what is left,
/// smoothed over neighbouring bins. Day factors are smoothed means of whole days, from a week on; they pass
/// linearly from noon to noon, so that midnight is no step.
class HoltWinters final : public Forecaster {
public:
    struct Gains {
        float level = 0.5F;
        float trend = 0;
        float season = 0.1F;
    };
    struct Settings {
        std::size_t bins_a_day = 288;
        float damping = 0.9F;
        std::vector<Gains> bank;  // at most kMostMembers
    };
    static constexpr std::size_t kMostMembers = 12;

    HoltWinters();
    explicit HoltWinters(Settings settings);

    void observe(Bin bin, double value) override;
    [[nodiscard]] double forecast(Bin bin) const override;
    [[nodiscard]] ForecastParts parts(Bin bin) const override;
    [[nodiscard]] bool ready() const override { return ready_; }
    [[nodiscard]] std::size_t bins_seen() const override { return seen_; }
    [[nodiscard]] std::size_t bins_needed() const override;
    [[nodiscard]] Bin last() const override { return last_; }
    void bind_state(Fields& fields) override;

private:
    void start();
    void update(Bin bin, float value);
    void skip(Bin bins);
    void close_day();
    [[nodiscard]] float day_factor(Bin bin) const;
    [[nodiscard]] std::size_t phase(Bin bin) const;
    [[nodiscard]] Bin day(Bin bin) const;

    Settings settings_;
    // Structure of arrays: one entry a member; of the season, one column a bin of the day.
    std::vector<float> level_;
    std::vector<float> trend_;
    std::vector<float> loss_;
    std::vector<float> weight_;
    std::vector<float> season_;
    std::vector<float> first_day_;  // by phase; NaN where nothing was seen. Empty once ready.
    bool ready_ = false;
    std::size_t seen_ = 0;
    Bin last_ = 0;
    double largest_ = 0;
    std::array<double, 7> day_mean_{};
    std::array<double, 7> day_factor_{};
    std::uint8_t days_known_ = 0;  // one bit a day of the week
    double day_sum_ = 0;
    std::size_t day_count_ = 0;
};

}  // namespace setpoint
