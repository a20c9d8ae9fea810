#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/topic/subscription_tree.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace mqttspec::conduct {

/// The Subscriptions of one Session as the client requested them, and what a server's PUBLISH may be because of them
/// (3.3.1.3, 3.3.2.3.8, 3.8).
///
/// A Subscription counts from the moment its SUBSCRIBE is sent, since messages may be received before the SUBACK. It counts until the
/// Session ends, since messages that were queued for it may be sent late, also after it was replaced or removed. Only a refused one never
/// counts.
///
/// Memory: all Subscriptions granted for one Topic Filter are one entry, and filters take at most `most_filter_memory` bytes (about) and
/// the answers that are due at most `most_requests`. What exceeds that is merged into one entry that may match any topic: those removed for
/// longest first, then the oldest. Messages are then judged less strictly, never more.
class Subscriptions {
 public:
  static constexpr std::size_t most_filter_memory = 1u << 20;  ///< bytes
  static constexpr std::size_t most_requests = 1'000;          ///< SUBSCRIBEs, and as many UNSUBSCRIBEs

  explicit Subscriptions(History history) : history_(history) {}
  void doubt_all() { history_ = History::unseen; }

  /// The client sent a SUBSCRIBE or an UNSUBSCRIBE.
  void subscribe(const wire::Subscribe& subscribe, spec::ProtocolVersion version);
  void unsubscribe(const wire::Unsubscribe& unsubscribe);
  /// The server answered.
  void suback(const wire::Suback& suback, Report& report);
  void unsuback(const wire::Unsuback& unsuback, Report& report);

  /// Whether a message to this topic may be for a Shared Subscription, or for one whose meaning is not known.
  bool may_share(const std::string& topic) const;

  /// Entries that are kept, for tests of the memory that is taken.
  std::size_t size() const { return entries_.size(); }

  /// The server sent a message.
  /// @param topic its Topic Name with the alias resolved
  void judge(const wire::Publish& publish, const std::string& topic, Report& report);

 private:
  using EntryId = std::uint64_t;  ///< 0: none

  enum class Scope : std::uint8_t {
    plain,
    shared,   ///< 5.0: "$share/name/filter", kept without its prefix
    unknown,  ///< a filter that begins with $ and may mean anything to this server, or several that are not kept apart
  };
  struct Entry {
    Scope scope;
    std::string asked{};   ///< the Topic Filter as in SUBSCRIBE
    std::string filter{};  ///< what messages are matched with
    int limit = 0;         ///< highest QoS requested or granted
    bool retain_as_published = false;
    std::uint64_t retained_calls = 0;          ///< how many SUBSCRIBEs called for retained messages
    std::vector<std::uint32_t> identifiers{};  ///< Subscription Identifiers, at most most_identifiers
    bool any_identifier = false;               ///< there were more of them
    bool without_identifier = false;           ///< some SUBSCRIBE had none
    std::size_t memory = 0;                    ///< what the entry takes, about
  };
  struct Request {
    std::uint64_t number;
    EntryId first;        ///< of SUBSCRIBE: the entry of its first Topic Filter; those of the others follow. 0: they have been merged
    std::size_t filters;  ///< how many Topic Filters it has
    std::vector<bool> held = {};  ///< of UNSUBSCRIBE: for which of its Topic Filters a Subscription is certain to have existed
  };
  using Requests = std::unordered_multimap<std::uint16_t, Request>;
  /// What is known of one Topic Filter as requested.
  struct Filter {
    std::uint64_t request = 0;  ///< the last one that named it
    bool granted = false;       ///< that was a SUBSCRIBE, and it has been answered so
    EntryId settled = 0;        ///< what the granted SUBSCRIBEs requested, together
    std::size_t entries = 0;    ///< the settled one and those without an answer
  };
  struct Retained {
    std::size_t count = 0;
    std::size_t last_payload = 0;  ///< its hash
  };
  struct Removed {
    std::string asked;
    std::uint64_t request;  ///< the UNSUBSCRIBE
  };
  using Entries = std::vector<const Entry*>;

  static constexpr std::size_t most_identifiers = 8;
  static constexpr std::size_t most_of_unknown_scope = 16;
  static constexpr std::size_t most_retained_topics = 1'000;

  static std::size_t memory_of(const Entry& entry);
  static void merge(Entry& into, const Entry& from);
  EntryId add(Entry entry);
  void drop(EntryId id);
  void settle(EntryId id);
  void give_up(EntryId id);
  void make_room();
  bool keep(Requests& requests, std::uint16_t packet_id, Request request);
  static std::optional<Request> take(Requests& requests, wire::PacketId id);
  Entries matching(const std::string& topic) const;
  void judge_unmatched(const std::string& topic, Report& report) const;
  void judge_qos(const wire::Publish& publish, const Entries& entries, Report& report) const;
  void judge_retain(const wire::Publish& publish, const std::string& topic, const Entries& entries, Report& report);
  void judge_identifiers(const wire::Publish& publish, const Entries& entries, Report& report) const;

  History history_;
  std::uint64_t next_request_ = 1;
  EntryId next_entry_ = 1;
  std::unordered_map<EntryId, Entry> entries_;
  topic::SubscriptionTree<EntryId> tree_;               ///< the entries whose scope is known
  std::set<EntryId> of_unknown_scope_;                  ///< the others
  std::optional<Entry> merged_;                         ///< of those that took too much memory
  std::unordered_map<std::string, Filter> filters_;     ///< by Topic Filter as requested
  std::size_t memory_ = 0;                              ///< of entries_
  std::deque<Removed> removed_;                         ///< candidates for merging, in the order of their UNSUBSCRIBEs
  std::deque<EntryId> settled_;                         ///< candidates for merging, in the order of their SUBACKs
  Requests subscribes_;                                 ///< without an answer
  Requests unsubscribes_;                               ///< without an answer
  std::uint64_t lost_subscribes_ = 0;                   ///< without an answer, and not kept
  std::uint64_t lost_unsubscribes_ = 0;                 ///< the same
  std::unordered_map<std::size_t, Retained> retained_;  ///< by hash of the Topic Name
  std::deque<std::size_t> retained_topics_;             ///< its keys, oldest first
};

}  // namespace mqttspec::conduct
