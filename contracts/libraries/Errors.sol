// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Every way the protocol says no. Arguments are (id, got, expected) where they apply.
/// @dev Not plain `Errors`: OpenZeppelin has a library of that name, and Brownie keys contracts by name.
library TesseraErrors {
    /* VAULT */

    /// @notice Thrown when the token did not move what was asked: it takes a fee, or answers falsely.
    error Vault_WrongAmountArrived(address owner, uint256 got, uint256 expected);
    /// @notice Thrown when a withdrawal would leave the Vault with more or fewer tokens than it must: the token charges the
    ///         sender, or moves nothing.
    error Vault_WrongAmountLeft(address owner, uint256 got, uint256 expected);
    /// @notice Thrown when the free balance of `owner` is too small.
    error Vault_TooLittle(address owner, uint256 got, uint256 expected);
    /// @notice Thrown when `owner` has not let `module` lock that much.
    error Vault_NotApproved(address owner, address module, uint256 got, uint256 expected);
    /// @notice Thrown when a bucket of the calling module holds too little.
    error Vault_BucketTooSmall(address module, uint256 bucket, uint256 got, uint256 expected);
    /// @notice Thrown when an approval was not signed by its owner.
    error Vault_NotSigned(address owner, address got);
    /// @notice Thrown when a signed approval came too late.
    error Vault_SignatureExpired(address owner, uint256 got, uint256 expected);
    /// @notice Thrown when `owner` takes tokens out to the Vault itself, where they would be nobody's.
    error Vault_ToItself(address owner);

    /* ASSETS */

    /// @notice Thrown when an asset of that id was created before.
    error Assets_Exists(uint256 assetId);
    /// @notice Thrown when the fields given are not the current terms of `assetId`.
    error Assets_NotTerms(uint256 assetId, bytes32 got, bytes32 expected);
    /// @notice Thrown when the caller is not the seller.
    error Assets_NotSeller(uint256 assetId, address got, address expected);
    /// @notice Thrown when the caller is not the contract that may do this.
    error Assets_NotModule(address got, address expected);
    /// @notice Thrown when a parent was never listed.
    error Assets_NoParent(uint256 assetId);
    /// @notice Thrown when there are too many parents.
    error Assets_TooManyParents(uint256 got, uint256 expected);
    /// @notice Thrown when a parent's basis points are zero, or all together more than 10,000.
    error Assets_BadBps(uint256 got, uint256 expected);
    /// @notice Thrown when the kind is neither dataset nor model.
    error Assets_BadKind(uint256 got, uint256 expected);
    /// @notice Thrown when a window is out of bounds.
    error Assets_BadWindow(uint256 got, uint256 least, uint256 most);
    /// @notice Thrown when a point is not on the curve, or its abscissa not below the order.
    error Assets_BadPoint(uint256 x, uint256 parity);
    /// @notice Thrown when a change touches what is fixed: seller, kind, bond or windows.
    error Assets_Fixed(uint256 assetId);
    /// @notice Thrown when artifact and key do not change together.
    error Assets_KeyReused(uint256 assetId);
    /// @notice Thrown when the origin given is not that of `assetId`.
    error Assets_NotBirth(uint256 assetId, uint256 got);
    /// @notice Thrown when the bond may still be needed.
    error Assets_BondLocked(uint256 assetId, uint256 got, uint256 expected);
    /// @notice Thrown when the recorded model is not that of the fields given.
    error Assets_NotRecorded(uint256 assetId, bytes32 got, bytes32 expected);

    /* EXCHANGE */

    /// @notice Thrown when the buyer used that salt before.
    error Exchange_Exists(uint256 orderId);
    /// @notice Thrown when the asset is not offered, or was not ordered, under the terms given.
    error Exchange_NotOffered(uint256 assetId, bytes32 got, bytes32 expected);
    /// @notice Thrown when a point is not on the curve, or its abscissa not below the order.
    error Exchange_BadPoint(uint256 x, uint256 parity);
    /// @notice Thrown when the key lock is zero.
    error Exchange_BadLock(uint256 orderId);
    /// @notice Thrown when the fields given are not those of the open order `orderId`.
    error Exchange_NotOpen(uint256 orderId, bytes32 got, bytes32 expected);
    /// @notice Thrown when the fields given are not those of the settled order `orderId`.
    error Exchange_NotSettled(uint256 orderId, bytes32 got, bytes32 expected);
    /// @notice Thrown when the seller's time is over.
    error Exchange_AfterDeadline(uint256 orderId, uint256 got, uint256 expected);
    /// @notice Thrown when the seller still has time to settle.
    error Exchange_BeforeDeadline(uint256 orderId, uint256 got, uint256 expected);
    /// @notice Thrown when the scalar does not open the key lock.
    error Exchange_WrongKey(uint256 orderId, address got, address expected);
    /// @notice Thrown when the order can still be disputed.
    error Exchange_InDispute(uint256 orderId, uint256 got, uint256 expected);
    /// @notice Thrown when the dispute window is over.
    error Exchange_DisputeOver(uint256 orderId, uint256 got, uint256 expected);
    /// @notice Thrown when the caller is not the referee.
    error Exchange_NotReferee(address got, address expected);

    /* OPERATORS */

    /// @notice Thrown when the bond can't be split into sixteenths.
    error Operators_BadBond(uint256 got);
    /// @notice Thrown when all places are taken.
    error Operators_Full(uint256 got, uint256 expected);
    /// @notice Thrown when the caller does not own the seat.
    error Operators_NotOwner(uint256 seat, address got, address expected);
    /// @notice Thrown when leaving was announced before.
    error Operators_Announced(uint256 seat, uint256 leaveAt);
    /// @notice Thrown when the seat sits on a panel.
    error Operators_Locked(uint256 seat);
    /// @notice Thrown when the seat may not leave yet; zero expected: not announced.
    error Operators_TooEarly(uint256 seat, uint256 got, uint256 expected);
    /// @notice Thrown when the caller is not the panels' contract.
    error Operators_NotPanels(address got, address expected);

    /* PANELS */

    /// @notice Thrown when the caller is not the contest's contract.
    error Panels_NotBounties(address got, address expected);
    /// @notice Thrown when the terms given are not those of the bounty.
    error Panels_NotTerms(uint256 bountyId, uint256 got);
    /// @notice Thrown when the round is in another phase.
    error Panels_WrongPhase(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the phase's deadline has passed.
    error Panels_AfterDeadline(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the phase's deadline has not passed.
    error Panels_BeforeDeadline(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the seed's block is not behind us.
    error Panels_NoSeedYet(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the chain's history contract does not know the block.
    error Panels_NoBlockHash(uint256 number);
    /// @notice Thrown when too many seats are busy or too few can be drawn; try again until the deadline.
    error Panels_SeatsBusy(uint256 bountyId, uint256 free, uint256 live);
    /// @notice Thrown when the caller does not own the seat at that place of the panel.
    error Panels_NotEvaluator(uint256 bountyId, address got, address expected);
    /// @notice Thrown when the place has committed before, or is empty.
    error Panels_Twice(uint256 bountyId, uint256 place);
    /// @notice Thrown when the commitments given are not those of the log, in their order.
    error Panels_NotCommitments(uint256 bountyId, bytes32 got, bytes32 expected);
    /// @notice Thrown when the attestation is not what the place committed to.
    error Panels_NotCommitted(uint256 bountyId, bytes32 got, bytes32 expected);
    /// @notice Thrown when a verdict of that kind can't be given in this round.
    error Panels_WrongVerdict(uint256 bountyId, uint256 got);
    /// @notice Thrown when the score does not follow from the sums.
    error Panels_WrongScore(uint256 bountyId, uint256 got, uint256 expected);

    /// @notice Thrown when a reveal names a finding that is not in the list.
    error Panels_NoFinding(uint256 bountyId, uint256 got, uint256 count);
    /// @notice Thrown when the panel is not complete, or not of the seats that the grant was sealed to.
    error Panels_OtherSeats(uint256 bountyId, uint256 got, uint256 expected);

    /* BOUNTIES */

    /// @notice Thrown when the same bounty was opened before.
    error Bounties_Exists(uint256 bountyId);
    /// @notice Thrown when the caller is not the requester.
    error Bounties_NotRequester(uint256 bountyId, address got, address expected);
    /// @notice Thrown when a term is out of bounds; `field` is the number docs/architecture.md gives it.
    error Bounties_BadTerm(uint256 field, uint256 got, uint256 expected);
    /// @notice Thrown when a point is not on the curve, or its abscissa not below the order.
    error Bounties_BadPoint(uint256 x, uint256 parity);
    /// @notice Thrown when a dataset that should share in the reward was never listed.
    error Bounties_NoDataset(uint256 assetId);
    /// @notice Thrown when the caller owns a seat of an evaluator.
    error Bounties_OwnsSeat(address got, uint256 seats);
    /// @notice Thrown when there are too few seats to draw from.
    error Bounties_TooFewSeats(uint256 got, uint256 expected);
    /// @notice Thrown when the terms given are not those of the bounty.
    error Bounties_NotTerms(uint256 bountyId, uint256 got);
    /// @notice Thrown when the bounty is in another stage.
    error Bounties_WrongStage(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the stage's deadline has passed.
    error Bounties_AfterDeadline(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the stage's deadline has not passed.
    error Bounties_BeforeDeadline(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the address made a submission, or a claim, before.
    error Bounties_Twice(uint256 bountyId, address maker);
    /// @notice Thrown when the bounty has all the submissions it can take.
    error Bounties_Full(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the submission names another maker than the caller.
    error Bounties_NotMaker(uint256 bountyId, address got, address expected);
    /// @notice Thrown when the address made no submission.
    error Bounties_NoSubmission(uint256 bountyId, address maker);
    /// @notice Thrown when the makers are not all makers in the order of their submissions.
    error Bounties_NotAllMakers(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the fields given are not those of the candidate's submission.
    error Bounties_NotCandidate(uint256 bountyId, address maker);
    /// @notice Thrown when the claim is below the threshold, or above a perfect score.
    error Bounties_BadScore(uint256 bountyId, uint256 got, uint256 least, uint256 most);
    /// @notice Thrown when the scalar does not open the key or the lock.
    error Bounties_WrongKey(uint256 bountyId, address got, address expected);
    /// @notice Thrown when the key lock is zero.
    error Bounties_BadLock(uint256 bountyId);
    /// @notice Thrown when the key lock is right, so that it can be met.
    error Bounties_LockIsRight(uint256 bountyId, address lock);
    /// @notice Thrown when grants come too late.
    error Bounties_GrantsOver(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the gas sent is too little to lock the maker's bond.
    error Bounties_TooLittleGas(uint256 bountyId, address maker);
    /// @notice Thrown when the caller is not the panels' contract.
    error Bounties_NotPanels(address got, address expected);
    /// @notice Thrown when the caller is not the referee.
    error Bounties_NotReferee(address got, address expected);
    /// @notice Thrown when nothing is owed to the maker any more.
    error Bounties_Released(uint256 bountyId, address maker);

    /* PROOFS */

    /// @notice Thrown when the same bounty was opened before.
    error Proofs_Exists(uint256 bountyId);
    /// @notice Thrown when no bounty of these terms was opened.
    error Proofs_NotTerms(uint256 bountyId);
    /// @notice Thrown when the caller is not the requester.
    error Proofs_NotRequester(uint256 bountyId, address got, address expected);
    /// @notice Thrown when a term is out of bounds; `field` is the number docs/proving.md gives it.
    error Proofs_BadTerm(uint256 field, uint256 got, uint256 expected);
    /// @notice Thrown when a point is not on secp256k1, or its abscissa not below the order.
    error Proofs_BadPoint(uint256 x, uint256 parity);
    /// @notice Thrown when the requester's circuit key is not on Grumpkin.
    error Proofs_BadReader(uint256 x, uint256 y);
    /// @notice Thrown when there is no verifier for the circuit.
    error Proofs_NoVerifier(uint256 circuit);
    /// @notice Thrown when the commitment to the model is not below the circuits' modulus.
    error Proofs_BadModel(uint256 bountyId, uint256 got);
    /// @notice Thrown when the key lock is zero.
    error Proofs_BadLock(uint256 bountyId);
    /// @notice Thrown when the bounty has all the commitments it can take.
    error Proofs_Full(uint256 bountyId, uint256 expected);
    /// @notice Thrown when the maker's commitment does not stand where it must; `got` is the number of its turn.
    error Proofs_WrongTurn(uint256 bountyId, address maker, uint256 got);
    /// @notice Thrown when the fields given are not those of the maker's commitment.
    error Proofs_NotCommitted(uint256 bountyId, address maker);
    /// @notice Thrown when the scalar does not open the lock, or is not that of the point.
    error Proofs_WrongKey(uint256 bountyId, address got, address expected);
    /// @notice Thrown when the maker's lock was wrong, as the requester said.
    error Proofs_LockIsWrong(uint256 bountyId, address got, address expected);
    /// @notice Thrown when the verifier answers no.
    error Proofs_NotProved(uint256 bountyId, address maker);
    /// @notice Thrown when the reward was paid before.
    error Proofs_Paid(uint256 bountyId);
    /// @notice Thrown when the requester got the rest before.
    error Proofs_Closed(uint256 bountyId);
    /// @notice Thrown when the stage's deadline has passed.
    error Proofs_AfterDeadline(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the stage's deadline has not passed.
    error Proofs_BeforeDeadline(uint256 bountyId, uint256 got, uint256 expected);

    /* REFEREE */

    /// @notice Thrown when the caller is not the buyer of the order.
    error Referee_NotBuyer(uint256 orderId, address got, address expected);
    /// @notice Thrown when the scalar given is not that of the key in the terms.
    error Referee_WrongKey(address got, address expected);
    /// @notice Thrown when a file of that length has no such piece.
    error Referee_NoPiece(uint256 got, uint256 pieces);
    /// @notice Thrown when the path to the root is too short or too long.
    error Referee_WrongDepth(uint256 got, uint256 expected);
    /// @notice Thrown when what is shown does not lead to the content root in the terms.
    error Referee_NotInFile(bytes32 got, bytes32 expected);
    /// @notice Thrown when the piece decrypts to exactly what its seller committed to.
    error Referee_PieceRight(uint256 index);
    /// @notice Thrown when length and number of pieces belong together.
    error Referee_LengthRight(uint256 length, uint256 pieces);

    /* REFEREE: SCORES */

    /// @notice Thrown when what is shown has another length than it must have.
    error Referee_WrongLength(uint256 got, uint256 expected);
    /// @notice Thrown when there is no such row, node, tree or chunk.
    error Referee_NoLeaf(uint256 got, uint256 count);
    /// @notice Thrown when the row is not that of the rows' root in the terms.
    error Referee_NotRow(bytes32 got, bytes32 expected);
    /// @notice Thrown when the leaf or node is not that of the evidence root that the panel attested.
    error Referee_NotEvidence(bytes32 got, bytes32 expected);
    /// @notice Thrown when the model is not that of the submission.
    error Referee_NotModel(bytes32 got, bytes32 expected);
    /// @notice Thrown when the trees' contributions are not those of the record.
    error Referee_NotRecord(bytes32 got, bytes32 expected);
    /// @notice Thrown when counts or sums on the way up are too large to be added; show the node where they are.
    error Referee_DoesNotAdd();
    /// @notice Thrown when the evidence is right about this row.
    error Referee_RowRight(uint256 index);
    /// @notice Thrown when this node of the evidence is as it must be.
    error Referee_NodeRight(uint256 level, uint256 index);
    /// @notice Thrown when the challenge was not committed in an earlier block, or was decided before.
    error Referee_NotCommitted(bytes32 hash, uint256 got);
    /// @notice Thrown when the same challenge was committed before.
    error Referee_Committed(bytes32 hash);
    /// @notice Thrown when the finding is not what the bounty's panel came to, or is no score.
    error Referee_NotVerdict(uint256 bountyId, bytes32 got, bytes32 expected);
    /// @notice Thrown when the submission is not that of the bounty's candidate.
    error Referee_NotCandidate(uint256 bountyId, address maker);

    /* REFEREE: DEMANDS */

    /// @notice Thrown when nobody honest could answer that: there is no such node, row, chunk or subject.
    error Referee_BadQuestion(uint256 got, uint256 most);
    /// @notice Thrown when the question is not below the one that was answered.
    error Referee_NotBelow(uint256 demandId);
    /// @notice Thrown when what is shown is no answer: a count is not that of its place, or a model is none.
    error Referee_NotAnswer(uint256 level, uint256 index);
    /// @notice Thrown when the fields given are those of no demand.
    error Referee_NotDemanded(uint256 demandId);
    /// @notice Thrown when it is somebody else's turn, see types/Demand.sol.
    error Referee_WrongTurn(uint256 demandId, uint256 got, uint256 expected);
    /// @notice Thrown when the caller did not open the demand.
    error Referee_NotDemander(uint256 demandId, address got, address expected);
    /// @notice Thrown when a demand has had all its answers.
    error Referee_AllAnswered(uint256 demandId, uint256 most);
    /// @notice Thrown when a model is demanded by somebody else than the requester who pays for it.
    error Referee_NotRequester(uint256 bountyId, address got, address expected);
    /// @notice Thrown when a model is demanded whose score is worse than claimed: nobody pays for it.
    error Referee_NotMet(uint256 bountyId);
    /// @notice Thrown when the verdict that was demanded of does not stand any more.
    error Referee_OtherVerdict(uint256 bountyId, uint256 got, uint256 expected);
    /// @notice Thrown when the time for it is over.
    error Referee_AfterDeadline(uint256 bountyId, uint256 got, uint256 deadline);
    /// @notice Thrown when somebody still has time, or the verdict can still be disproved.
    error Referee_BeforeDeadline(uint256 bountyId, uint256 got, uint256 deadline);
}
