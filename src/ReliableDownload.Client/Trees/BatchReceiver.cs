using System.Security.Cryptography;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// Takes the files of one answer: each is written and hashed as it comes, and goes on to the <see cref="TreePlacer"/> if its digest is right. One for a connection's
/// thread.
/// </summary>
/// <param name="index">Which of the connections.</param>
internal sealed class BatchReceiver(TreeRun run, Session session, int index) : IDisposable
{
    // More makes no file right whose digest the server has wrong.
    private const int MaxFailures = 3;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];

    /// <summary>Whether a file of the newest answer had another digest: another connection may bring it right.</summary>
    public bool HadWrong { get; private set; }

    /// <summary>Reads an answer to its end.</summary>
    /// <param name="batch">What was asked for; emptied file by file as they are answered.</param>
    /// <exception cref="ProtocolException">The answer is not what it should be.</exception>
    public void Receive(ReceivedBytes answer, Queue<TreeFile> batch)
    {
        try
        {
            ReceiveAll(answer, batch);
        }
        finally
        {
            run.Slowest.End(this);
        }
    }

    public void Dispose() => _hash.Dispose();

    private void ReceiveAll(ReceivedBytes answer, Queue<TreeFile> batch)
    {
        HadWrong = false;
        for (var count = 0; ; count++)
        {
            var line = TreeLineReader.OfFiles(answer.ReadLine());
            if (line.Kind == FileAnswerKind.Rest && line.From == count && count > 0)
                return;
            if (line.Kind is FileAnswerKind.End or FileAnswerKind.Rest)
            {
                if (batch.Count > 0)
                    throw new ProtocolException("the server's answer has not all the files that were asked for");
                return;
            }

            if (!batch.TryPeek(out var file) || !string.Equals(line.Path?.TrimEnd('/'), file.Path.Wire, StringComparison.Ordinal))
                throw new ProtocolException("the server's answer has another file than the next one that was asked for");
            run.Slowest.Begin(this, file.Path);
            if (line.Kind == FileAnswerKind.Content)
                Receive(answer, file, line.Facts!);
            else
                Take(file, line);
            batch.Dequeue();
            session.Line.Advance();
        }
    }

    private void Take(TreeFile file, FileAnswerLine line)
    {
        switch (line.Kind)
        {
            case FileAnswerKind.Large:
                run.Large.Add(file);
                break;
            case FileAnswerKind.Gone:
                run.Tally.AddFailed(file.Path.Text, DownloadOutcome.Http, "is no longer on the server", file.Facts.Size);
                break;
            default:
                FailOrRepeat(file, DownloadOutcome.Http, $"the server says: {line.Message}");
                break;
        }
    }

    private void Receive(ReceivedBytes answer, TreeFile file, FileFacts facts)
    {
        if (facts.Digest is not { } wanted)
            throw new ProtocolException("the server sent a file without its digest");
        if (facts.Size > run.MaxContent)
            throw new ProtocolException($"the server sent a file of {facts.Size} bytes among small ones");
        var name = StagedName.Of(index, file.Path, wanted);
        // An answer that was cut within a file has left that one's bytes in it.
        _hash.GetHashAndReset(_digest);
        using (var staged = run.Target.Stage(name))
        {
            // Taken back when all of it is there: whatever ends this in between has cut it.
            file.Cuts++;
            for (var left = facts.Size; left > 0;)
            {
                var data = answer.Read(left);
                left -= data.Length;
                _hash.AppendData(data);
                run.Target.Write(staged, data);
            }

            file.Cuts--;
            _hash.GetHashAndReset(_digest);
            run.Target.Finish(staged, run.Options.KeepServerTime ? facts.Modified : null, facts.Mode);
        }

        if (_digest.AsSpan().SequenceEqual(wanted) && (facts.Version is null || facts.Version != file.Facts.Version || file.Facts.Digest is not { } told || told.AsSpan().SequenceEqual(wanted)))
        {
            run.Placer.Add(new StagedFile(name, file, facts.Size));
            return;
        }

        HadWrong = true;
        session.Counters.AddWrong();
        run.Target.Unstage(name);
        FailOrRepeat(file, DownloadOutcome.NotProven, $"its bytes arrived {MaxFailures} times with another digest than the server says");
    }

    private void FailOrRepeat(TreeFile file, DownloadOutcome outcome, string reason)
    {
        if (++file.Failures < MaxFailures)
            run.Small.Return(file);
        else
            run.Tally.AddFailed(file.Path.Text, outcome, reason, file.Facts.Size);
    }
}
