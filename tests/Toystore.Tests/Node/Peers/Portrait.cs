using System.Collections;
using System.Text;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Node.Peers;

/// <summary>Everything in a message as text, byte for byte, so that two can be compared whose types have no equality of content.</summary>
internal static class Portrait
{
    public static string Of(object? thing)
    {
        var text = new StringBuilder();
        Draw(thing, text);
        return text.ToString();
    }

    private static void Draw(object? thing, StringBuilder text)
    {
        switch (thing)
        {
            case null:
                text.Append("null");
                break;
            case string or double or Guid or TimeSpan or Enum or ulong or long or int or ushort or bool:
                text.Append(thing);
                break;
            case HybridTime reading:
                text.Append(reading.Value);
                break;
            case DateTimeOffset moment:
                text.Append(moment.ToUnixTimeMilliseconds());
                break;
            case Key key:
                text.Append(Convert.ToHexString(key.Span));
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexString(bytes.Span));
                break;
            case Container container:
                Draw(container.Siblings.ToArray(), text);
                text.Append(container.Context);
                break;
            case IEnumerable list:
                text.Append('[');
                foreach (var item in list)
                {
                    Draw(item, text);
                    text.Append(", ");
                }

                text.Append(']');
                break;
            default:
                text.Append(thing.GetType().Name).Append('(');
                foreach (var property in thing.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0 && property.GetMethod is { IsStatic: false }))
                {
                    text.Append(property.Name).Append('=');
                    Draw(property.GetValue(thing), text);
                    text.Append(", ");
                }

                text.Append(')');
                break;
        }
    }
}
