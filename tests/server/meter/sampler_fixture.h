// A sampler over fake meters, a fake box and a simulated clock, with what it booked.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/meter/sampler.h"
#include "tests/fakes/fake_meter.h"
#include "tests/fakes/simulated_clock.h"

namespace powerdown {

class SamplerTest : public ::testing::Test {
 protected:
  FakePowerMeter* Add(std::string device, bool is_counter = true) {
    auto meter = std::make_unique<FakePowerMeter>(std::move(device), is_counter);
    FakePowerMeter* borrowed = meter.get();
    meters_.push_back(std::move(meter));
    return borrowed;
  }
  void Start(SamplerOptions options = {}) {
    std::vector<MeterStatus> statuses;
    for (const auto& meter : meters_) statuses.push_back({meter->description(), true, "read", ""});
    sampler_ = std::make_unique<Sampler>(options, std::move(meters_),
                                         std::make_unique<FakeActivity>(&box_), statuses);
    Tick(0);
  }
  // As the next daemon of this boot.
  void StartAfter(const Sampler::Position& stored) {
    sampler_ = std::make_unique<Sampler>(SamplerOptions(), std::move(meters_),
                                         std::make_unique<FakeActivity>(&box_));
    EXPECT_EQ(sampler_->Resume(stored), !stored.text.empty());
    Tick(0);
  }
  void Tick(double seconds) {
    const Instant now = clock_.Advance(absl::Seconds(seconds));
    booked_ = sampler_->Tick(now);
    for (const LedgerInterval& interval : booked_.intervals) {
      ledger_[interval.device + interval.consumer][interval.start] = interval;
    }
  }
  void TickFor(double seconds) {
    for (int i = 0; i < seconds * 10; ++i) Tick(0.1);
  }
  std::vector<LedgerInterval> Rows(const std::string& consumer) const {
    std::vector<LedgerInterval> rows;
    for (const auto& [key, by_start] : ledger_) {
      for (const auto& [start, row] : by_start) {
        if (row.consumer == consumer || consumer.empty()) rows.push_back(row);
      }
    }
    return rows;
  }
  double EnergyOf(const std::string& consumer) const {
    double joules = 0;
    for (const LedgerInterval& row : Rows(consumer)) joules += row.joules.value();
    return joules;
  }

  FakeActivity::Box box_;
  SimulatedClock clock_;
  std::vector<std::unique_ptr<PowerMeter>> meters_;
  std::unique_ptr<Sampler> sampler_;
  Sampler::Booked booked_;
  std::map<std::string, std::map<absl::Duration, LedgerInterval>> ledger_;
};

}  // namespace powerdown
