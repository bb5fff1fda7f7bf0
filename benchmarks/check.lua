-- Asks for single checks as fast as they are answered. Four of five numbers stand in the registry, one does not.
-- From the environment: BENCH_KEY, BENCH_NUMBERS (size of the registry), BENCH_SEED. Ends with one line of JSON.
local numbers = tonumber(os.getenv("BENCH_NUMBERS"))
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")}

function init(arguments)
    math.randomseed(tonumber(os.getenv("BENCH_SEED")))
end

function request()
    local first = math.random() < 0.8 and 720000000 or 730000000
    local number = first + math.random(0, numbers - 1)
    return wrk.format("POST", "/v1/checks", headers, '{"number": "+420' .. number .. '", "campaign": "winter"}')
end

function done(summary, latency, requests)
    local failed = summary.errors
    io.write(string.format(
        '{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p95": %d, "p99": %d}\n',
        summary.requests, summary.duration, failed.status, failed.connect + failed.read + failed.write + failed.timeout,
        latency:percentile(50), latency:percentile(95), latency:percentile(99)
    ))
end
