using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Toystore.Core;

namespace Toystore.Client;

/// <summary>Answers as outcomes. What is not clearly done or not done is unknown.</summary>
internal static class Replies
{
    /// <summary>How a read ended.</summary>
    public static ReadOutcome Read(Sent sent) => sent switch
    {
        Sent.Answered { Answer: var answer } => Read(answer),
        Sent.Nowhere nowhere => new ReadOutcome.Unavailable(0, 0, nowhere.Detail),
        Sent.Lost lost => new ReadOutcome.Unavailable(0, 0, lost.Detail),
        _ => throw new ArgumentOutOfRangeException(nameof(sent)),
    };

    /// <summary>How a write or delete ended.</summary>
    public static WriteOutcome Write(Sent sent) => sent switch
    {
        Sent.Answered { Answer: var answer } => Write(answer),
        Sent.Nowhere nowhere => new WriteOutcome.NotDone(NotDoneReason.Unavailable, nowhere.Detail),
        Sent.Lost lost => new WriteOutcome.Unknown(0, 0, lost.Detail),
        _ => throw new ArgumentOutOfRangeException(nameof(sent)),
    };

    /// <summary>How a listing ended.</summary>
    public static ListOutcome List(Sent sent) => sent switch
    {
        Sent.Answered { Answer: var answer } => List(answer),
        Sent.Nowhere nowhere => new ListOutcome.Unavailable(nowhere.Detail),
        Sent.Lost lost => new ListOutcome.Unavailable(lost.Detail),
        _ => throw new ArgumentOutOfRangeException(nameof(sent)),
    };

    private static ReadOutcome Read(Answer answer) => (int)answer.Status switch
    {
        200 when answer.Context is { } context => new ReadOutcome.Found([OneValue(answer)], context) { StandIns = StandIns(answer) },
        300 when ManyValues(answer) is { Count: > 0 } values && answer.Context is { } context => new ReadOutcome.Found(values, context) { StandIns = StandIns(answer) },
        404 when answer.IsOurs => new ReadOutcome.NotFound(answer.Context) { StandIns = StandIns(answer) },
        429 => new ReadOutcome.Overloaded(answer.RetryAfter),
        200 or 300 or 404 => new ReadOutcome.Invalid(NotOurs(answer)),
        >= 500 => new ReadOutcome.Unavailable(answer.Problem.Needed ?? 0, answer.Problem.Got ?? 0, answer.Detail),
        _ => new ReadOutcome.Invalid(answer.Detail),
    };

    private static WriteOutcome Write(Answer answer) => (int)answer.Status switch
    {
        204 when answer.Context is { } context => new WriteOutcome.Done(context, Copies(answer), Durability(answer)) { StandIns = StandIns(answer) },
        412 => new WriteOutcome.PreconditionFailed(answer.Context),
        409 => new WriteOutcome.NotDone(NotDoneReason.TooManySiblings, answer.Detail),
        413 => new WriteOutcome.NotDone(NotDoneReason.TooLarge, answer.Detail),
        429 => new WriteOutcome.NotDone(NotDoneReason.Overloaded, answer.Detail),
        503 when answer.IsOurs => new WriteOutcome.NotDone(WhyNotDone(answer.Problem.Name), answer.Detail),
        >= 400 and < 500 => new WriteOutcome.Invalid(answer.IsOurs || answer.Problem.Detail is not null ? answer.Detail : NotOurs(answer)),
        < 400 => new WriteOutcome.Unknown(0, 0, NotOurs(answer)),
        _ => new WriteOutcome.Unknown(answer.Problem.Needed ?? 0, answer.Problem.Got ?? 0, answer.Detail),
    };

    private static ListOutcome List(Answer answer) => (int)answer.Status switch
    {
        200 => (ListOutcome?)ReadPage(answer.Body) ?? new ListOutcome.Invalid(NotOurs(answer)),
        429 => new ListOutcome.Overloaded(answer.RetryAfter),
        >= 500 => new ListOutcome.Unavailable(answer.Detail),
        _ => new ListOutcome.Invalid(answer.Problem.Detail is not null ? answer.Detail : NotOurs(answer)),
    };

    private static NotDoneReason WhyNotDone(string problem) => problem switch
    {
        "disk-full" => NotDoneReason.DiskFull,
        "read-only" => NotDoneReason.ReadOnly,
        "overloaded" => NotDoneReason.Overloaded,
        _ => NotDoneReason.Unavailable,
    };

    private static Value OneValue(Answer answer) => new(answer.Body, answer.Header("Content-Type"), Answer.ReadMoment(answer.Header("Toystore-Expires-At")));

    private static List<Value>? ManyValues(Answer answer)
    {
        var type = answer.ContentHeaders.ContentType;
        if (type?.MediaType is "multipart/mixed")
        {
            var values = new List<Value>();
            var boundary = type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
            return !string.IsNullOrEmpty(boundary) && Multipart.TryRead(answer.Body, boundary, values) ? values : null;
        }

        try
        {
            return JsonSerializer.Deserialize(answer.Body, Wire.Default.SiblingsBody)?.Values?.Select(value => new Value(value.Bytes ?? [], value.ContentType, value.ExpiresAt)).ToList();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int StandIns(Answer answer) => int.TryParse(answer.Header("Toystore-Stand-Ins"), NumberStyles.None, CultureInfo.InvariantCulture, out var standIns) ? standIns : 0;

    private static int Copies(Answer answer) => int.TryParse(answer.Header("Toystore-Copies"), NumberStyles.None, CultureInfo.InvariantCulture, out var copies) ? copies : 0;

    private static WriteDurability Durability(Answer answer) => answer.Header("Toystore-Durability") == "fsync" ? WriteDurability.Fsync : WriteDurability.Os;

    private static ListOutcome.Page? ReadPage(byte[] body)
    {
        try
        {
            var page = JsonSerializer.Deserialize(body, Wire.Default.KeysBody);
            Key? next = null;
            if (page?.Next is not null)
            {
                if (!KeyPath.TryDecode(page.Next, out var after))
                {
                    return null;
                }

                next = after;
            }

            return page?.Keys is null ? null : new ListOutcome.Page([.. page.Keys.Select(ReadKey)], next);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Key ReadKey(JsonElement element) =>
        Key.From(element.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(element.GetString()!) : element.GetProperty("base64").GetBytesFromBase64());

    private static string NotOurs(Answer answer) =>
        answer.Status == HttpStatusCode.NotFound || (int)answer.Status < 400
            ? $"What answers at {answer.Node} with status {(int)answer.Status} does not speak Toystore's HTTP: check the address."
            : answer.Detail;
}
