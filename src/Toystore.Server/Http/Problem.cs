using System.Globalization;
using System.Text.Json;

namespace Toystore.Server.Http;

/// <summary>An error as clients see it (RFC 9457). The type tells programs what happened, the detail tells people what to do.</summary>
internal sealed class Problem(string name, int status, string title, string detail)
{
    public const string TypePrefix = "urn:toystore:problem:";

    private const int RetrySecondsOfDisks = 30;
    private byte[]? _json;

    /// <summary>The key has no value: by far the most frequent, so its text is made once.</summary>
    public static readonly Problem NotFound = new("not-found", 404, "The key has no value", "Nothing is stored under this key, or what was has been deleted or has expired.");

    public static readonly Problem NoSuchPath = new(
        "no-such-path", 404, "There is nothing at this path", "GET /v1/openapi.json lists what there is. Values are at /v1/keys/{key}.");

    public static readonly Problem Internal = new(
        "internal", 500, "The server failed", "This is a fault of the server; its log has the cause. A write may or may not have been done: send it again with the same Toystore-Request-Id.");

    public static readonly Problem CrossSite = new(
        "cross-site", 403, "A form of another site", "A browser sent this form from another site's page. Send it from a page of this server, or use PUT /v1/keys/{key}.");

    public static readonly Problem KeysFromElsewhere = new(
        "not-from-here", 403, "Not from another machine", "The cluster's keys are shown and changed on a node's own machine only: run toystore keys there, with --node and the address at which the node listens.");

    public static readonly Problem ForcedFromElsewhere = new(
        "not-from-here", 403, "Not from another machine", "The topology is forced on a node's own machine only: run toystore topology force there, with --node and the address at which the node listens.");

    /// <summary>The last part of the type.</summary>
    public string Name { get; } = name;

    public int Status { get; } = status;

    public string Title { get; } = title;

    public string Detail { get; } = detail;

    /// <summary>Owners that had to answer, where that is what went wrong.</summary>
    public int? Needed { get; private init; }

    /// <summary>Owners that did.</summary>
    public int? Got { get; private init; }

    /// <summary>Whole seconds to wait before asking again; null where waiting does not help.</summary>
    public string? RetryAfter { get; private init; }

    /// <summary>The methods that would have been right; null unless that is the problem.</summary>
    public string? Allow { get; private init; }

    /// <summary>The client goes on sending what nobody will read.</summary>
    public bool ClosesConnection { get; private init; }

    public static Problem Invalid(string detail) => new("invalid", 400, "The request makes no sense", detail);

    public static Problem BadRequest(int status, string detail) => new("bad-request", status, "The request could not be read", detail);

    public static Problem MethodNotAllowed(string allow) =>
        new("method-not-allowed", 405, "The method does not exist here", $"This path takes {allow}.") { Allow = allow };

    public static Problem UnsupportedForm(string? contentType) => new(
        "unsupported-form", 415, "Not a form", $"The content type is '{contentType}'; send application/x-www-form-urlencoded or multipart/form-data, or use PUT /v1/keys/{{key}}.");

    public static Problem TooLarge(int bytesMax) => new(
        "too-large", 413, "The value is too large", string.Create(CultureInfo.InvariantCulture, $"A value has at most {bytesMax} bytes. Cut it into several keys."))
    {
        ClosesConnection = true,
    };

    /// <summary>The problem that a read ended with.</summary>
    public static Problem Of(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.NotFound => NotFound,
        ReadOutcome.Unavailable unavailable => Unavailable(unavailable.Detail, unavailable.Needed, unavailable.Got),
        ReadOutcome.Overloaded overloaded => Overloaded(overloaded.RetryAfter),
        ReadOutcome.Invalid invalid => Invalid(invalid.Problem),
        _ => throw new Core.InvariantException($"{outcome} is not a problem"),
    };

    /// <summary>The problem that a write or delete ended with.</summary>
    public static Problem Of(WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.PreconditionFailed => new(
            "precondition-failed", 412, "The key is not as the request asks", "Nothing was written. Read the key and decide again; Toystore-Context, if it is here, says what the key looks like now."),
        WriteOutcome.NotDone notDone => Of(notDone),
        WriteOutcome.Unknown unknown => Unknown(unknown.Detail, unknown.Needed, unknown.Got),
        WriteOutcome.Invalid invalid => Invalid(invalid.Problem),
        _ => throw new Core.InvariantException($"{outcome} is not a problem"),
    };

    /// <summary>The problem that a listing ended with.</summary>
    public static Problem Of(ListOutcome outcome) => outcome switch
    {
        ListOutcome.Unavailable unavailable => Unavailable(unavailable.Detail, null, null),
        ListOutcome.Overloaded overloaded => Overloaded(overloaded.RetryAfter),
        ListOutcome.Invalid invalid => Invalid(invalid.Problem),
        _ => throw new Core.InvariantException($"{outcome} is not a problem"),
    };

    /// <summary>The write may have been done.</summary>
    public static Problem Unknown(string detail, int? needed, int? got) =>
        new("unknown", 504, "It is not known whether the write was done", detail) { Needed = needed, Got = got };

    /// <summary>Too few owners answered.</summary>
    public static Problem Unavailable(string detail, int? needed, int? got) =>
        new("unavailable", 503, "Too few owners of the key can be reached", detail) { Needed = needed, Got = got, RetryAfter = "1" };

    /// <summary>As <c>application/problem+json</c>.</summary>
    public byte[] ToJson()
    {
        if (_json is null)
        {
            var document = new ProblemDocument(TypePrefix + Name, Title, Status, Detail, Needed, Got);
            _json = JsonSerializer.SerializeToUtf8Bytes(document, HttpJson.Default.ProblemDocument);
        }

        return _json;
    }

    private static Problem Of(WriteOutcome.NotDone notDone) => notDone.Reason switch
    {
        NotDoneReason.Unavailable => Unavailable(notDone.Detail, null, null),
        NotDoneReason.Overloaded => Overloaded(TimeSpan.FromSeconds(1), notDone.Detail),
        NotDoneReason.DiskFull => new("disk-full", 503, "The disks are full", notDone.Detail) { RetryAfter = Seconds(RetrySecondsOfDisks) },
        NotDoneReason.ReadOnly => new("read-only", 503, "The disks take no writes", notDone.Detail) { RetryAfter = Seconds(RetrySecondsOfDisks) },
        NotDoneReason.TooManySiblings => new("too-many-siblings", 409, "The key has too many concurrent values", notDone.Detail),
        NotDoneReason.TooLarge => new("too-large", 413, "The value is too large", notDone.Detail),
        _ => throw new Core.InvariantException($"no reason {notDone.Reason}"),
    };

    /// <summary>Too many large bodies are on their way in.</summary>
    public static Problem NoRoomForBody => Overloaded(TimeSpan.FromSeconds(1), "Too many large values are on their way in. Send this one again after the seconds that Retry-After says.");

    private static Problem Overloaded(TimeSpan retryAfter, string detail = "Too much is going on. Ask again after the seconds that Retry-After says.") =>
        new("overloaded", 429, "The node is overloaded", detail) { RetryAfter = Seconds(Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds))) };

    private static string Seconds(double seconds) => seconds.ToString("F0", CultureInfo.InvariantCulture);
}
