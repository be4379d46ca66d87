// What a scenario may say of a decision of archetypes: [decision.NAME].
#pragma once
#include <string>
#include <vector>

#include "sim/parameter.h"

namespace throng {

/// Enumerators stand in the order of the words of their parameter.
enum class DecisionBy : u8 { rule, surrogate, cassette, law, http };
enum class AskOf : u8 { archetypes, everyone, sample };
enum class AnswerMode : u8 { live, record, refresh };

namespace decision {
inline constexpr std::string_view engine = "convention of the engine";
inline constexpr std::string_view scenarios_own = "none: the scenario names its own";

// ---- who is asked about what --------------------------------------------------------------------

inline constexpr Parameter<Choice> provider{
    .name = "provider",
    .unit = "label",
    .doc =
        "Who answers. rule: a formula of the domain. surrogate: a fitted table. cassette: a "
        "recorded run, strictly. law: a known law, for tests. http: a language model behind an "
        "OpenAI-compatible server.",
    .source = engine,
    .initial = "surrogate",
    .choices = {"rule", "surrogate", "cassette", "law", "http"}};
inline constexpr Parameter<Choice> ask{
    .name = "ask",
    .unit = "label",
    .doc =
        "archetypes: one question for all people of a kind. everyone: one for each person, to "
        "compare with (65,535 people at most). sample: one for each of so many people, whose "
        "answers the others take, to compare with.",
    .source = engine,
    .initial = "archetypes",
    .choices = {"archetypes", "everyone", "sample"}};
inline constexpr Parameter<i64> sample{
    .name = "sample",
    .unit = "person",
    .doc =
        "People who are asked one by one where ask is 'sample': drawn alike, and everybody else "
        "takes the answer of one of them, drawn alike.",
    .source = engine,
    .initial = 300,
    .min = 1,
    .max = 65'535};
inline constexpr Parameter<std::vector<std::string>> archetype{
    .name = "archetype",
    .unit = "label",
    .doc =
        "Features that are crossed to archetypes: age, sex, borough, income, household_size, "
        "sector, place, and what the domain offers (an epidemic: health).",
    .source = engine,
    .initial = Listed<std::string_view>{"age", "sex"}};
inline constexpr Parameter<std::vector<std::string>> lattice{
    .name = "lattice",
    .unit = "label",
    .doc = "What of the world a question mentions, in bands: what the domain offers.",
    .source = engine,
    .initial = Listed<std::string_view>{}};
inline constexpr Parameter<std::vector<std::string>> persona{
    .name = "persona",
    .unit = "label",
    .doc =
        "Features outside of the archetype that a question mentions of the single person that "
        "stands for it.",
    .source = engine,
    .initial = Listed<std::string_view>{}};
inline constexpr Parameter<i64> personas{
    .name = "personas",
    .unit = "person",
    .doc =
        "People who stand for an archetype, at the middles of so many equal parts of it. 0: a "
        "question mentions the archetype alone.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 64};
inline constexpr Parameter<i64> audits{
    .name = "audits",
    .unit = "person",
    .doc = "People drawn at every epoch who are asked in full, to estimate what archetypes miss.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 65'535};
inline constexpr Parameter<i64> least_people{
    .name = "least_people",
    .unit = "person",
    .doc =
        "Archetypes with fewer people when the run begins are asked as a neighbor. 1: all are "
        "asked.",
    .source = engine,
    .initial = 1,
    .min = 1,
    .max = 1'000'000'000};
inline constexpr Parameter<i64> remembered{
    .name = "remembered",
    .unit = "1",
    .doc = "Shares of earlier epochs that a question mentions, in tenths.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 3};
inline constexpr Parameter<i64> lag{
    .name = "lag",
    .unit = "step",
    .doc = "From the step whose end a question is about to the first in which its answer counts.",
    .source = engine,
    .initial = 1,
    .min = 1,
    .max = 365};
inline constexpr Parameter<double> household{
    .name = "household_correlation",
    .doc = "Share of the variance of what people do that lasts and is their household's.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 0.99};
inline constexpr Parameter<double> person{
    .name = "person_correlation",
    .doc = "Share of the variance that lasts and is the person's own.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 0.99};
inline constexpr Parameter<std::vector<i64>> bands{
    .name = "bands",
    .unit = "1",
    .doc = "Lower bounds of the bands of a feature: age, household_size, reported_cases.",
    .source = engine};

// ---- where an answer does not come --------------------------------------------------------------

inline constexpr Parameter<std::vector<std::string>> fallback{
    .name = "fallback",
    .unit = "label",
    .doc =
        "What counts in place of an answer that did not come, in this order: surrogate, last, "
        "rule.",
    .source = engine,
    .initial = Listed<std::string_view>{}};
inline constexpr Parameter<double> least_answered{
    .name = "least_answered",
    .doc =
        "Share of an archetype's personas that have to answer: the mean of those who did counts, "
        "and the others' part of its people as degraded. Where fewer do, what failed goes down "
        "the ladder. 1: all have to.",
    .source = engine,
    .initial = 1.0,
    .min = 0.01,
    .max = 1};
inline constexpr Parameter<i64> last_for{
    .name = "last_for",
    .unit = "step",
    .doc = "How old an answer may be that goes on being used as 'last'. 0: ever.",
    .source = engine,
    .initial = 28,
    .min = 0,
    .max = 100'000};
inline constexpr Parameter<double> max_degraded_share{
    .name = "max_degraded_share",
    .doc = "Share of the people who may act on a fallback; the run ends where there are more.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 1};

// ---- files --------------------------------------------------------------------------------------

inline constexpr Parameter<FilePath> surrogate{.name = "surrogate",
                                               .unit = "text",
                                               .doc = "Table that answers, or is a fallback.",
                                               .source = scenarios_own,
                                               .optional = true};
inline constexpr Parameter<FilePath> cassette{
    .name = "cassette",
    .unit = "text",
    .doc = "Recorded answers: results.h5 of a run, or its ledger as JSON Lines.",
    .source = scenarios_own,
    .optional = true};
inline constexpr Parameter<std::string> cache{
    .name = "cache",
    .unit = "text",
    .doc =
        "Answers that runs share: a file (SQLite; made where it is not there), from the folder "
        "the program runs in. Empty: a run has one of its own in its folder.",
    .source = engine,
    .initial = ""};
inline constexpr Parameter<FilePath> prompt{.name = "template",
                                            .unit = "text",
                                            .doc = "Text of the question (TOML).",
                                            .source = scenarios_own,
                                            .optional = true};
inline constexpr Parameter<FilePath> calibration{
    .name = "calibration",
    .unit = "text",
    .doc = "What puts a model's shares straight (TOML). Without it they are taken as they are.",
    .source = scenarios_own,
    .optional = true};
inline constexpr Parameter<Choice> mode{
    .name = "mode",
    .unit = "label",
    .doc =
        "live: what is in the cache is not asked again. record: everything is asked anew. "
        "refresh: what is in the cassette is not asked again.",
    .source = engine,
    .initial = "live",
    .choices = {"live", "record", "refresh"}};

// ---- a law --------------------------------------------------------------------------------------

inline constexpr Parameter<FilePath> law_table{
    .name = "table",
    .unit = "text",
    .doc = "Coefficients of the log-odds, as in a surrogate's file.",
    .source = scenarios_own,
    .optional = true};
inline constexpr Parameter<double> law_personal{
    .name = "personal",
    .doc = "Standard deviation of a term of the log-odds that is the person's own.",
    .source = "for tests",
    .initial = 0.0,
    .min = 0,
    .max = 20};
inline constexpr Parameter<double> law_failing{.name = "failing",
                                               .doc = "Share of the questions that get no answer.",
                                               .source = "for tests",
                                               .initial = 0.0,
                                               .min = 0,
                                               .max = 1};

// ---- a server -----------------------------------------------------------------------------------

inline constexpr Parameter<std::string> url{.name = "url",
                                            .unit = "text",
                                            .doc = "Where the server is, up to /v1.",
                                            .source = engine,
                                            .initial = "http://127.0.0.1:8080/v1"};
inline constexpr Parameter<std::string> model{.name = "model",
                                              .unit = "text",
                                              .doc = "The model, as the server calls it.",
                                              .source = scenarios_own,
                                              .initial = ""};
inline constexpr Parameter<std::string> dialect{
    .name = "dialect",
    .unit = "text",
    .doc = "How the server is spoken to: openai, vllm, llama.cpp, ollama, reasoning, plain.",
    .source = engine,
    .initial = "openai"};
inline constexpr Parameter<std::string> key_variable{
    .name = "key_variable",
    .unit = "text",
    .doc =
        "Name of the environment variable that holds the key of the account (capital letters, "
        "digits "
        "and _). Never the key.",
    .source = engine,
    .initial = ""};
inline constexpr Parameter<bool> allow_http{
    .name = "allow_http",
    .doc = "Whether questions may go without encryption to a machine that is not this one.",
    .source = engine,
    .initial = false};
inline constexpr Parameter<double> temperature{
    .name = "temperature",
    .doc = "Of sampling. 0 is not reproducible on real servers; a cassette is.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 2};
inline constexpr Parameter<double> top_p{
    .name = "top_p", .doc = "Of sampling.", .source = engine, .initial = 1.0, .min = 0, .max = 1};
inline constexpr Parameter<i64> max_tokens{.name = "max_tokens",
                                           .unit = "1",
                                           .doc = "Longest answer, in tokens.",
                                           .source = engine,
                                           .initial = 64,
                                           .min = 1,
                                           .max = 100'000};
inline constexpr Parameter<i64> sampling_seed{
    .name = "sampling_seed",
    .doc = "Seed of sampling that the server is asked for.",
    .source = engine,
    .optional = true,
    .min = 0,
    .max = 4'294'967'295};
inline constexpr Parameter<bool> both_orders{
    .name = "both_orders",
    .doc = "Whether each question is asked a second time with its options reversed.",
    .source = engine,
    .initial = true};
inline constexpr Parameter<double> deadline{
    .name = "deadline",
    .unit = "second",
    .doc = "Longest wait for the answers of an epoch; the rest counts as failed.",
    .source = engine,
    .initial = 600.0,
    .min = 0.1,
    .max = 86'400};
inline constexpr Parameter<double> total_time{.name = "timeout",
                                              .unit = "second",
                                              .doc = "Longest wait for one answer.",
                                              .source = engine,
                                              .initial = 60.0,
                                              .min = 0.1,
                                              .max = 3600};
inline constexpr Parameter<i64> at_once{.name = "at_once",
                                        .unit = "1",
                                        .doc = "Most questions on their way at a time.",
                                        .source = engine,
                                        .initial = 32,
                                        .min = 1,
                                        .max = 1024};
inline constexpr Parameter<i64> attempts{.name = "attempts",
                                         .unit = "1",
                                         .doc = "Most attempts to get one answer.",
                                         .source = engine,
                                         .initial = 5,
                                         .min = 1,
                                         .max = 100};
inline constexpr Parameter<double> requests_per_minute{
    .name = "requests_per_minute",
    .unit = "1",
    .doc = "Most requests a minute. 0: no limit.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 1e9};
inline constexpr Parameter<double> tokens_per_minute{.name = "tokens_per_minute",
                                                     .unit = "1",
                                                     .doc = "Most tokens a minute. 0: no limit.",
                                                     .source = engine,
                                                     .initial = 0.0,
                                                     .min = 0,
                                                     .max = 1e12};
inline constexpr Parameter<i64> max_calls{
    .name = "max_calls",
    .unit = "1",
    .doc = "Most requests of the run, failed ones included. 0: no limit.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 1'000'000'000'000};
inline constexpr Parameter<i64> max_tokens_in_all{
    .name = "max_tokens_in_all",
    .unit = "1",
    .doc = "Most tokens of the run, of questions and answers. 0: no limit.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 1'000'000'000'000};
inline constexpr Parameter<double> max_cost{
    .name = "max_cost",
    .unit = "1",
    .doc = "Most money of the run, in the unit of the prices. 0: no limit.",
    .source = engine,
    .initial = 0.0,
    .min = 0,
    .max = 1e9};
inline constexpr Parameter<double> prompt_price{.name = "prompt_price",
                                                .unit = "1",
                                                .doc = "Price of a million tokens of questions.",
                                                .source = "the server's price list",
                                                .initial = 0.0,
                                                .min = 0,
                                                .max = 4000};
inline constexpr Parameter<double> completion_price{.name = "completion_price",
                                                    .unit = "1",
                                                    .doc = "Price of a million tokens of answers.",
                                                    .source = "the server's price list",
                                                    .initial = 0.0,
                                                    .min = 0,
                                                    .max = 4000};
}  // namespace decision

/// The keys of a section [decision.NAME].
Fields decision_fields();

}  // namespace throng
