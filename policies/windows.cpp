// SPDX-License-Identifier: Apache-2.0
#include "policies/windows.hpp"

#include <algorithm>
#include <limits>

namespace setpoint {
namespace {

constexpr std::int64_t kCoarsest = 15'000;  // ms
constexpr std::int64_t kFinest = 20;        // buckets of a short window

}  // namespace

ExtremeWindow::ExtremeWindow(Keep keep, Duration window) : keep_(keep), window_(window.count()) {
    if (window <= Duration::zero()) return;
    width_ = std::clamp<std::int64_t>(window.count() / kFinest, 1, kCoarsest);
    const std::int64_t whole = (window.count() + width_ - 1) / width_;
    buckets_.assign(static_cast<std::size_t>(whole) + 1, neutral());  // one more for the part of a bucket
    latest_.assign(buckets_.size(), 0);
}

std::size_t ExtremeWindow::slot(std::int64_t bucket) const {
    const auto size = static_cast<std::int64_t>(buckets_.size());
    return static_cast<std::size_t>((bucket % size + size) % size);
}

Replicas ExtremeWindow::better(Replicas a, Replicas b) const {
    return keep_ == Keep::highest ? std::max(a, b) : std::min(a, b);
}

Replicas ExtremeWindow::neutral() const { return keep_ == Keep::highest ? 0 : std::numeric_limits<Replicas>::max(); }

void ExtremeWindow::advance(Time now) {
    const std::int64_t bucket = now.time_since_epoch().count() / width_;
    if (bucket <= newest_) return;
    const auto size = static_cast<std::int64_t>(buckets_.size());
    for (std::int64_t b = std::max(newest_, bucket - size) + 1; b <= bucket; ++b) buckets_[slot(b)] = neutral();
    newest_ = bucket;
}

void ExtremeWindow::forget_expired(Time now) {
    // Only the oldest bucket can lie partly before the window.
    const std::int64_t oldest = newest_ - static_cast<std::int64_t>(buckets_.size()) + 1;
    const std::size_t at = slot(oldest);
    const std::int64_t last = oldest * width_ + latest_[at];
    if (last <= now.time_since_epoch().count() - window_) buckets_[at] = neutral();
}

Replicas ExtremeWindow::record(Time now, Replicas wish) {
    if (buckets_.empty()) return wish;
    advance(now);
    forget_expired(now);
    const std::size_t at = slot(newest_);
    buckets_[at] = better(buckets_[at], wish);
    const std::int64_t since = now.time_since_epoch().count() - newest_ * width_;
    latest_[at] = static_cast<std::uint16_t>(std::clamp<std::int64_t>(since, 0, width_));
    return keep_ == Keep::highest ? *std::ranges::max_element(buckets_) : *std::ranges::min_element(buckets_);
}

void ExtremeWindow::clear() { std::ranges::fill(buckets_, neutral()); }

void WishLog::record(Time now, Replicas wish) {
    const Time oldest = now - std::max(up_, down_);
    std::erase_if(wishes_, [&](const Wish& kept) { return kept.at < oldest; });
    wishes_.push_back({now, wish});
}

Replicas WishLog::lowest_with(Time now, Replicas wish) const {
    for (const auto& kept : wishes_) {
        if (kept.at > now - up_) wish = std::min(wish, kept.replicas);
    }
    return wish;
}

Replicas WishLog::highest_with(Time now, Replicas wish) const {
    for (const auto& kept : wishes_) {
        if (kept.at > now - down_) wish = std::max(wish, kept.replicas);
    }
    return wish;
}

Replicas WishLog::highest_with_oldest(Time now, Replicas wish) const {
    for (const auto& kept : wishes_) {
        if (kept.at >= now - down_) wish = std::max(wish, kept.replicas);
    }
    return wish;
}

void bind(Fields& fields, ExtremeWindow& window) {
    const auto width = window.width_;
    const auto size = window.buckets_.size();
    fields.state("width", window.width_);
    fields.state("newest", window.newest_);
    fields.state("buckets", window.buckets_);
    fields.state("latest", window.latest_);
    if (window.width_ == width && window.buckets_.size() == size && window.latest_.size() == size) return;
    // Kept under other settings: the values are worth less than the room is known.
    window.width_ = width;
    window.newest_ = 0;
    window.buckets_.assign(size, window.neutral());
    window.latest_.assign(size, 0);
}

void bind(Fields& fields, WishLog::Wish& wish) {
    fields.state("at", wish.at);
    fields.state("replicas", wish.replicas);
}

void bind(Fields& fields, WishLog& log) { fields.state("wishes", log.wishes_); }

}  // namespace setpoint
