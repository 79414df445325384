// A compiler library with NVRTC's interface that makes programs for the simulated driver: text goes to the C++ compiler of
// this machine, and what comes out is a library that the driver loads in the place of a cubin.
//
// Programs are kept beside this library by the hash of their text and options: the compiler takes seconds.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <regex>
#include <spawn.h>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

enum nvrtcResult : int {
    NVRTC_SUCCESS = 0,
    NVRTC_ERROR_OUT_OF_MEMORY = 1,
    NVRTC_ERROR_PROGRAM_CREATION_FAILURE = 2,
    NVRTC_ERROR_INVALID_INPUT = 3,
    NVRTC_ERROR_INVALID_PROGRAM = 4,
    NVRTC_ERROR_INVALID_OPTION = 5,
    NVRTC_ERROR_COMPILATION = 6,
};

struct Program {
    std::string text, log, image;
};
typedef Program* nvrtcProgram;

extern "C" char** environ;

namespace {

// The folder of this library, in which its headers lie.
std::string folder() {
    Dl_info info = {};
    dladdr((void*)folder, &info);
    std::string path = info.dli_fname == nullptr ? "" : info.dli_fname;
    return path.substr(0, path.rfind('/'));
}

bool sanitizes_threads() { return dlsym(RTLD_DEFAULT, "__tsan_create_fiber") != nullptr; }

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

unsigned long long hash(const std::string& text, unsigned long long seed) {
    unsigned long long value = seed;
    for (unsigned char byte : text) {
        value = (value ^ byte) * 0x100000001b3ull;
    }
    return value;
}

std::string key(const std::string& text) {
    char name[40];
    snprintf(name, sizeof(name), "%016llx%016llx", hash(text, 0xcbf29ce484222325ull), hash(text, 0x9e3779b97f4a7c15ull));
    return name;
}

// Runs a command, and gives its exit status and what it says.
int execute(const std::vector<std::string>& command, const std::string& log_path, std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back((char*)argument.c_str());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        log = command[0] + " cannot be started: " + strerror(error);
        return -1;
    }
    int status = 0;
    waitpid(child, &status, 0);
    log = read(log_path);
    unlink(log_path.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Options that say how a device computes, which this machine does in any case.
bool is_implied(const std::string& option) {
    for (const char* known : {"--std=c++20", "-std=c++20", "--fmad=false", "-fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false",
                              "-default-device", "--default-device", "-lineinfo", "--generate-line-info"}) {
        if (option == known) {
            return true;
        }
    }
    return option.starts_with("--gpu-architecture=") || option.starts_with("-arch=");
}

// Tests that look for mistakes in a program plant them: what stands in front of "=>>" is replaced by what stands behind it.
bool plant(std::string& text, std::string& log) {
    const char* wanted = getenv("RINGKERNEL_CUDA_SIM_PLANT");
    if (wanted == nullptr || *wanted == 0) {
        return true;
    }
    std::string both = wanted;
    size_t middle = both.find("=>>");
    std::string before = both.substr(0, middle), after = middle == std::string::npos ? "" : both.substr(middle + 3);
    size_t at = text.find(before);
    if (middle == std::string::npos || at == std::string::npos || text.find(before, at + 1) != std::string::npos) {
        log = "RINGKERNEL_CUDA_SIM_PLANT does not fit: `" + before + "` is not in the program exactly once";
        return false;
    }
    text.replace(at, before.size(), after);
    return true;
}

// The driver passes each kernel one word. Kernels with other parameters are refused here, where it can be told.
std::string with_checks(const std::string& text) {
    static const std::regex KERNEL("__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s*)?(\\w+)\\s*\\(");
    std::string checked = text + "\ntemplate <class Argument> constexpr bool rk_sim_takes_one_word(void (*)(Argument)) { return sizeof(Argument) == 8; }\n";
    for (std::sregex_iterator at(text.begin(), text.end(), KERNEL), end; at != end; ++at) {
        checked += "static_assert(rk_sim_takes_one_word(" + (*at)[1].str() + "), \"a kernel of the simulator takes one parameter of 64 bits\");\n";
    }
    return checked;
}

}  // namespace

API nvrtcResult nvrtcVersion(int* major, int* minor) {
    *major = 12;
    *minor = 8;
    return NVRTC_SUCCESS;
}
API const char* nvrtcGetErrorString(nvrtcResult result) {
    switch (result) {
        case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
        case NVRTC_ERROR_OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
        case NVRTC_ERROR_PROGRAM_CREATION_FAILURE: return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
        case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
        case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
        case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
        case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
        default: return "NVRTC_ERROR unknown";
    }
}
API nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
    *count = 1;
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcGetSupportedArchs(int* architectures) {
    architectures[0] = 90;
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* text, const char*, int headers, const char* const*, const char* const*) {
    if (program == nullptr || text == nullptr) {
        return NVRTC_ERROR_INVALID_INPUT;
    }
    if (headers != 0) {
        return NVRTC_ERROR_PROGRAM_CREATION_FAILURE;
    }
    *program = new Program{text, "", ""};
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program) {
    if (program == nullptr || *program == nullptr) {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }
    delete *program;
    *program = nullptr;
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options) {
    if (program == nullptr) {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }
    const char* named = getenv("CXX");
    std::vector<std::string> command = {named != nullptr && *named != 0 ? named : "g++"};
    // Undefined behaviour ends the process, so that no test passes by luck. Nothing is contracted, as on the device.
    for (const char* option : {"-std=c++20", "-O1", "-g1", "-shared", "-fPIC", "-fvisibility=hidden", "-fno-gnu-unique", "-fno-exceptions", "-ffp-contract=off",
                               "-fno-strict-aliasing", "-fno-math-errno", "-fstack-clash-protection", "-fsanitize=undefined,float-cast-overflow",
                               "-fsanitize-undefined-trap-on-error", "-w", "-Wl,-Bsymbolic"}) {
        command.push_back(option);
    }
    if (sanitizes_threads()) {
        // The runtime of the sanitizer is in the process that loads the program, and there is one for each process.
        command.push_back("-fsanitize=thread");
        command.push_back("-nodefaultlibs");
        command.push_back("-lstdc++");
        command.push_back("-lm");
        command.push_back("-lc");
    }
    for (int index = 0; index < count; index += 1) {
        std::string option = options[index];
        if (option.starts_with("-D")) {
            command.push_back(option);
        } else if (option.starts_with("--define-macro=")) {
            command.push_back("-D" + option.substr(strlen("--define-macro=")));
        } else if (!is_implied(option)) {
            program->log = "unrecognized option " + option + " found";
            return NVRTC_ERROR_INVALID_OPTION;
        }
    }
    std::string planted = program->text;
    if (!plant(planted, program->log)) {
        return NVRTC_ERROR_COMPILATION;
    }
    std::string text = with_checks(planted), all = text;
    for (const std::string& argument : command) {
        all += '\0' + argument;
    }
    std::string programs = folder() + "/programs", stem = programs + "/" + key(all);
    mkdir(programs.c_str(), 0777);
    program->image = read(stem + ".so");
    if (!program->image.empty()) {
        return NVRTC_SUCCESS;
    }
    // Others may compile the same text at this moment.
    std::string own = stem + "." + std::to_string(getpid()) + "-" + std::to_string((unsigned long long)program);
    std::ofstream(own + ".cpp") << "#include \"device/cuda.hpp\"\n#line 1 \"program.cu\"\n" << text;
    for (const std::string& argument : {std::string("-I"), folder(), std::string("-o"), own + ".so", own + ".cpp"}) {
        command.push_back(argument);
    }
    int status = execute(command, own + ".log", program->log);
    rename((own + ".cpp").c_str(), (stem + ".cpp").c_str());
    if (status != 0) {
        unlink((own + ".so").c_str());
        return NVRTC_ERROR_COMPILATION;
    }
    rename((own + ".so").c_str(), (stem + ".so").c_str());
    program->image = read(stem + ".so");
    program->log.clear();
    return program->image.empty() ? NVRTC_ERROR_COMPILATION : NVRTC_SUCCESS;
}
API nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t* bytes) {
    *bytes = program->log.size() + 1;
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log) {
    memcpy(log, program->log.c_str(), program->log.size() + 1);
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, size_t* bytes) {
    *bytes = program->image.size();
    return NVRTC_SUCCESS;
}
API nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char* image) {
    memcpy(image, program->image.data(), program->image.size());
    return NVRTC_SUCCESS;
}
// What it makes is for this machine alone, whatever it was asked for: a program for a virtual architecture is the same library.
API nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, size_t* bytes) { return nvrtcGetCUBINSize(program, bytes); }
API nvrtcResult nvrtcGetPTX(nvrtcProgram program, char* image) { return nvrtcGetCUBIN(program, image); }
