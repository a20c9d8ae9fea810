// Passes a list of values with destructors to a coroutine inside a co_await expression, as most cases do.
#include <coroutine>
#include <initializer_list>
#include <string>
#include <vector>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}
};

Task send(std::vector<std::string>) { co_return; }

Task send_two(std::string first) { co_await send({first, std::string("second")}); }

int main() { send_two("first"); }
