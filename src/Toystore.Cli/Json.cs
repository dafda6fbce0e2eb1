using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toystore.Cli;

/// <summary>What <c>--json</c> prints: camel case, indented, text as it is.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
    };

    private static readonly JsonSerializerOptions LineOptions = new(Options) { WriteIndented = false };

    /// <summary>One document in one line.</summary>
    public static Task PrintLineAsync<T>(Terminal terminal, T document) => terminal.Output.WriteLineAsync(JsonSerializer.Serialize(document, LineOptions));

    /// <summary>One document and a line end.</summary>
    public static Task PrintAsync<T>(Terminal terminal, T document) => terminal.Output.WriteLineAsync(JsonSerializer.Serialize(document, Options));
}
