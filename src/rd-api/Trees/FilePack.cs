using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Some files as they are sent, each behind its line. A file is read into its place there, once, and hashed from it together with the others. Blocks; one
/// per answer.
/// </summary>
internal sealed class FilePack : IDisposable
{
    // Bytes: enough for few sends and full lanes; room for a line with a long name behind that.
    private const int Enough = 256 << 10;
    private const int UsualRoom = Enough + (32 << 10);

    // What is before the end of a line: the digest, which is known only when the bytes behind it are.
    private const int DigestLength = 64;
    private const int BehindDigest = 3;

    private const int Tries = 3;

    private static readonly string NoDigest = new('0', DigestLength);

    private readonly FileOpener _opener;
    private readonly TreeDigests _digests;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly PackHash _hash = new();
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(UsualRoom);

    public FilePack(FileOpener opener, TreeDigests digests, TimeProvider time)
    {
        (_opener, _digests, _time) = (opener, digests, time);
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>In bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Whether it is time to send it.</summary>
    public bool IsFull => Length >= Enough;

    /// <summary>Adds a file, or a line that says why it is missing.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="isVisible">Whether the client may have it.</param>
    public void Add(WantedFile file, bool isVisible)
    {
        try
        {
            if (isVisible)
                Add(file);
            else
                AddLine("gone"u8, file);
        }
        catch (IOException error)
        {
            AddLine("failed"u8, file, $"the server cannot read it: {error.Message}");
        }
    }

    /// <summary>Says that all files have been answered.</summary>
    public void AddEnd()
    {
        Begin("end"u8);
        End();
    }

    /// <summary>Says which file is the first that was not answered.</summary>
    public void AddRest(int from)
    {
        Begin("rest"u8);
        _json.WriteNumber("from"u8, from);
        End();
    }

    /// <summary>What there is to send; valid until <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        _hash.Finish(_bytes, _digests.Keep);
        return _bytes.AsMemory(0, Length);
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length < 2 * UsualRoom)
            return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = ArrayPool<byte>.Shared.Rent(UsualRoom);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _json.Dispose();
        _hash.Dispose();
    }

    private void Add(WantedFile wanted)
    {
        for (var tries = 1; tries <= Tries; tries++)
        {
            using var file = _opener.Open(wanted);
            if (file is null)
            {
                if (_opener.IsUnreadable(wanted))
                    AddLine("failed"u8, wanted, "the server may not read it");
                else
                    AddLine("gone"u8, wanted);
                return;
            }

            if (file.Identity.Size > Math.Min(_digests.BlockSize, Limits.BatchedFile))
            {
                AddLine("large"u8, wanted);
                return;
            }

            if (TryRead(wanted, file))
                return;
        }

        AddLine("failed"u8, wanted, "it changed while the server read it");
    }

    /// <returns>False if it is not, or no longer, what its identity says.</returns>
    private bool TryRead(WantedFile wanted, ServedFile file)
    {
        var identity = file.Identity;
        var now = _time.GetUtcNow();
        var start = Length;
        AddContentLine(wanted, file, now);
        var content = Length;
        var size = (int)identity.Size;
        Reserve(size);
        if (!SmallFile.TryRead(file, _bytes.AsSpan(content, size)) || !file.IsUnchanged)
        {
            Length = start;
            return false;
        }

        Length = content + size;
        _hash.Add(content - BehindDigest - DigestLength, content, size, TreeDigests.IsToKeep(identity, now) ? _digests.KeyOf(_opener.PathOf(wanted), identity) : null);
        return true;
    }

    private void AddContentLine(WantedFile wanted, ServedFile file, DateTimeOffset now)
    {
        var identity = file.Identity;
        Begin("content"u8);
        _json.WriteString("path"u8, wanted.Wire.Span);
        _json.WriteNumber("size"u8, identity.Size);
        TreeLines.Version(_json, identity, now);
        TreeLines.Modified(_json, identity);
        TreeLines.Mode(_json, file.Access);
        _json.WriteString("digest"u8, NoDigest);
        End();
    }

    private void AddLine(ReadOnlySpan<byte> type, WantedFile wanted, string? reason = null)
    {
        Begin(type);
        _json.WriteString("path"u8, wanted.Wire.Span);
        if (reason is not null)
            _json.WriteString("msg"u8, reason);
        End();
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _line.Write("\n"u8);
        Reserve(_line.WrittenCount);
        _line.WrittenSpan.CopyTo(_bytes.AsSpan(Length));
        Length += _line.WrittenCount;
        _line.ResetWrittenCount();
    }

    private void Reserve(int more)
    {
        if (Length + more <= _bytes.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Length + more);
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
