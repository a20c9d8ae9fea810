#pragma once

#include "reference/conduct/history.hpp"
#include "reference/conduct/report.hpp"
#include "reference/wire/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqttspec::conduct {

/// The Subscriptions of one Session as the client asked for them, and what a server's PUBLISH may be because of them
/// (3.3.1.3, 3.3.2.3.8, 3.8).
///
/// A Subscription counts from the moment its SUBSCRIBE is sent, since messages may come ahead of the SUBACK; and it is never forgotten,
/// since messages that were queued under it may come late, also after it was replaced or removed. Only a refused one was never there.
class Subscriptions {
 public:
  explicit Subscriptions(History history) : history_(history) {}
  void doubt_all() { history_ = History::unseen; }

  /// The client sent a SUBSCRIBE or an UNSUBSCRIBE.
  void subscribe(const wire::Subscribe& subscribe, spec::ProtocolVersion version);
  void unsubscribe(const wire::Unsubscribe& unsubscribe);
  /// The server answered.
  void suback(const wire::Suback& suback, Report& report);
  void unsuback(const wire::Unsuback& unsuback, Report& report);

  /// Whether a message to this topic may come by a Shared Subscription, or by one whose meaning is not known.
  bool may_share(const std::string& topic) const;

  /// The server sent a message.
  /// @param topic its Topic Name with the alias resolved
  void judge(const wire::Publish& publish, const std::string& topic, Report& report);

 private:
  enum class Scope : std::uint8_t {
    plain,
    shared,   ///< 5.0: "$share/name/filter", kept without its prefix
    unknown,  ///< a filter that begins with $ and may mean anything to this server
  };
  struct Entry {
    std::uint64_t request;  ///< which SUBSCRIBE asked for it
    Scope scope;
    std::string asked;   ///< the Topic Filter as it stands in SUBSCRIBE
    std::string filter;  ///< what messages are matched with
    int limit;           ///< highest QoS asked for or granted
    bool retain_as_published;
    bool wants_retained;
    std::optional<std::uint32_t> identifier;
  };
  struct Request {
    std::uint64_t number;
    std::uint16_t packet_id;
    std::size_t filters;
    std::vector<bool> held = {};  ///< of UNSUBSCRIBE: for which of its Topic Filters there surely was a Subscription
  };
  /// What the last request did to a Topic Filter.
  struct Held {
    std::uint64_t request;
    bool granted = false;  ///< a SUBSCRIBE that has been answered so
  };
  struct Retained {
    std::size_t count = 0;
    std::size_t last_payload = 0;  ///< its hash
  };
  using Entries = std::vector<const Entry*>;

  Entries matching(const std::string& topic) const;
  void judge_unmatched(const std::string& topic, Report& report) const;
  void judge_qos(const wire::Publish& publish, const Entries& entries, Report& report) const;
  void judge_retain(const wire::Publish& publish, const std::string& topic, const Entries& entries, Report& report);
  void judge_identifiers(const wire::Publish& publish, const Entries& entries, Report& report) const;

  History history_;
  std::uint64_t next_request_ = 1;
  std::vector<Entry> entries_;
  std::map<std::string, Held> held_;          ///< by Topic Filter as asked for
  std::vector<Request> subscribes_;           ///< without an answer
  std::vector<Request> unsubscribes_;         ///< without an answer
  std::map<std::size_t, Retained> retained_;  ///< by hash of the Topic Name
};

}  // namespace mqttspec::conduct
