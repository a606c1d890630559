// A worker that follows the script in SCRIPTED_WORKER, one word an action: say:TEXT (one line),
// half:TEXT (without its end), flood (1 MB on stderr), read (wait for a command and echo it),
// close (stdout), await-end (of stdin), exit:N, abort, hang.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

int main() {
  std::istringstream script(std::getenv("SCRIPTED_WORKER"));
  for (std::string action; std::getline(script, action, ';');) {
    const std::string argument = action.substr(std::min(action.size(), action.find(':') + 1));
    if (action.starts_with("say:")) std::cout << argument << std::endl;
    if (action.starts_with("half:")) std::cout << argument << std::flush;
    if (action == "flood") std::cerr << std::string(1 << 20, 'x') << "\nlast words" << std::endl;
    if (action == "close") close(STDOUT_FILENO);
    if (action == "abort") std::abort();
    if (action.starts_with("exit:")) _exit(std::stoi(argument));
    std::string line;
    if (action == "read" && std::getline(std::cin, line)) std::cout << line << std::endl;
    while (action == "await-end" && std::getline(std::cin, line)) {
    }
    while (action == "hang") pause();
  }
}
